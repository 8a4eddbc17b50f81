// Finds processes by a variable in their environment. Windows programs under Wine are children of nobody in particular, so
// neither a parent's id nor a process group leads to them.

import { readdirSync, readFileSync } from "node:fs";

/** The ids of the processes of this machine that were started with this variable; those that are ending count. */
export function processesWith(name: string, value: string): number[] {
  const wanted = `${name}=${value}`;
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((processId) => environmentOf(processId).split("\0").includes(wanted))
    .map(Number);
}

/** Empty for a process that is gone or belongs to somebody else. */
function environmentOf(processId: string): string {
  try {
    return readFileSync(`/proc/${processId}/environ`, "utf8");
  } catch {
    return "";
  }
}
