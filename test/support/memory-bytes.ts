// How much memory a process has in use, as the kernel counts it. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html

import { readFileSync } from "node:fs";

/** The resident set, in bytes; Linux only. */
export function memoryBytes(processId: number): number {
  const status = readFileSync(`/proc/${processId}/status`, "utf8");
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`process ${processId} has no memory to see`);
  return Number(kibibytes) * 1_024;
}
