// The core's view of holders' processes, over the native layer. Answers "ended" only for what is sure.

import type { HostPorts } from "@portlease/native";
import type { HolderProcesses, LifeWatch, ProvenProcess } from "../domain/audit-boundaries.js";

/** About 20 ms of work a second when all are in use. */
const watchesMax = 16_384;

/** Most of what this process may open is for ports and connections. `descriptorsMax`: how many it may; `null`: no limit. */
export function processWatchesMax(descriptorsMax: number | null): number {
  return descriptorsMax === null
    ? watchesMax
    : Math.min(watchesMax, Math.floor(descriptorsMax / 4));
}

export class HostProcesses implements HolderProcesses {
  readonly #host: Pick<HostPorts, "hasProcessEnded" | "watchProcess">;

  constructor(host: Pick<HostPorts, "hasProcessEnded" | "watchProcess">) {
    this.#host = host;
  }

  watch(process: ProvenProcess): LifeWatch | "ended" | null {
    try {
      const watch = this.#host.watchProcess(process.processId);
      if (watch === null) return this.hasEnded(process) === true ? "ended" : null;
      if (watch.identity.startTime === process.startTime) return watch;
      // The id is another process's by now.
      watch.close();
      return "ended";
    } catch {
      return null;
    }
  }

  hasEnded(process: ProvenProcess): boolean | null {
    try {
      return this.#host.hasProcessEnded(process);
    } catch {
      // A platform whose processes cannot be looked at.
      return null;
    }
  }
}
