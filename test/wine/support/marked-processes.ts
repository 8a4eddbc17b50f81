// Finds processes by a variable in their environment. Windows programs under Wine are children of nobody in particular, so
// neither a parent's id nor a process group leads to them.

import { readdirSync, readFileSync } from "node:fs";

/** The ids of the processes of this machine that were started with this variable. Reads a file per process of the machine. */
export function processesWith(name: string, value: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((processId) => isProcessWith(processId, name, value));
}

/** False for a process that has ended, that is somebody else's, or that was started without the variable. */
export function isProcessWith(processId: number, name: string, value: string): boolean {
  try {
    const environment = readFileSync(`/proc/${processId}/environ`, "utf8");
    return environment.split("\0").includes(`${name}=${value}`);
  } catch {
    return false;
  }
}
