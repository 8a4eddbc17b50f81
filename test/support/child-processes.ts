// Which processes a process has started and not yet reaped; Linux only. https://man7.org/linux/man-pages/man5/proc_pid_task.5.html

import { readFileSync } from "node:fs";

/** Empty for a process that is gone. */
export function childrenOf(processId: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${processId}/task/${processId}/children`, "utf8");
    return text.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
