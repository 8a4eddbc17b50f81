// Pins the broker and the load to one core each, so that neither takes time from the other. Linux with taskset(1) only.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Cores {
  readonly broker: number;
  readonly load: number;
  /** All that this process may run on, these two among them. */
  readonly all: readonly number[];
}

/** A text says why processes cannot be pinned here. */
export function chooseCores(): Cores | string {
  if (process.platform !== "linux") return "pinning is done on Linux only";
  const allowed = allowedCores();
  const [broker] = allowed;
  if (broker === undefined || allowed.length < 2) return "there is only one core";
  if (spawnSync("taskset", ["--version"]).error !== undefined) {
    return "there is no taskset; it is in the package util-linux";
  }
  const siblings = siblingsOf(broker);
  const others = allowed.filter((core) => core !== broker);
  const load = others.find((core) => !siblings.includes(core)) ?? others[0];
  return load === undefined ? "there is only one core" : { broker, load, all: allowed };
}

/** The command that starts a program on a core. */
export function pinnedCommand(core: number, command: readonly string[]): readonly string[] {
  return ["taskset", "--cpu-list", String(core), ...command];
}

/** Moves this process with all of its threads; what it starts stays there too. Throws when taskset does not do it. */
export function pinThisProcess(cores: readonly number[]): void {
  const list = cores.join(",");
  const args = ["--all-tasks", "--cpu-list", "--pid", list, String(process.pid)];
  const { status, stderr } = spawnSync("taskset", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`the load cannot be pinned to core ${list}: ${stderr}`);
}

/** The cores this process may run on: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function allowedCores(): number[] {
  const status = readFileSync("/proc/self/status", "latin1");
  return parseCoreList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "");
}

/** Hardware threads of the same core; https://docs.kernel.org/admin-guide/cputopology.html */
function siblingsOf(core: number): number[] {
  try {
    const path = `/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`;
    return parseCoreList(readFileSync(path, "latin1").trim());
  } catch {
    // Some containers and virtual machines do not show it.
    return [];
  }
}

/** "0-2,5" is 0, 1, 2, 5. */
function parseCoreList(text: string): number[] {
  return text
    .split(",")
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [first = 0, last = first] = part.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
