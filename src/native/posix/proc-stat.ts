// Parses /proc/<pid>/stat as far as it identifies a process. Pure; reads no files.
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html

export interface ProcStat {
  /** At most 15 bytes of the program's name, as the kernel keeps it. */
  readonly name: string;
  /** True for a process of which only the entry for its parent is left (a zombie): it has no sockets and runs no code. */
  readonly ended: boolean;
  /** The process that started it, or the one that it was given to when that one ended; 0 for the first of a namespace. */
  readonly parentId: number;
  /** Clock ticks from boot to the start of the process. */
  readonly startTicks: string;
}

/** `null` when the text is not a stat line. */
export function parseProcStat(text: string): ProcStat | null {
  // The name is in parentheses and may itself contain spaces and parentheses: the last one ends it.
  const nameStart = text.indexOf("(");
  const nameEnd = text.lastIndexOf(")");
  if (nameStart === -1 || nameEnd < nameStart) return null;
  // Field 3 (state) comes first here, so field n is at n - 3.
  const fields = text
    .slice(nameEnd + 1)
    .trim()
    .split(" ");
  const state = fields[0] ?? "";
  const threadCount = Number(fields[20 - 3]);
  const startTicks = fields[22 - 3];
  if (startTicks === undefined || !/^\d+$/.test(startTicks)) return null;
  // A leader thread that ended before the others reads as a zombie too, but its process lives on in them.
  const ended = (state === "Z" || state === "X") && threadCount <= 1;
  const parentId = Number(fields[4 - 3]);
  return { name: text.slice(nameStart + 1, nameEnd), ended, parentId, startTicks };
}
