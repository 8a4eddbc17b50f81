// The memory that another process has in use.

import { readFileSync } from "node:fs";

/** `null` where the system does not tell (other than Linux). https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
export function residentBytesOf(processId: number): number | null {
  if (process.platform !== "linux") return null;
  const status = readFileSync(`/proc/${processId}/status`, "latin1");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
}
