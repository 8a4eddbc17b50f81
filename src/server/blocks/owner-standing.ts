// What a process that is bound to a leased port is to the holder of the lease, as far as the operating system tells.

import type { HostPorts, PortHolder } from "@portlease/native";
import type { HolderProcess } from "../domain/records.js";

export type ProcessView = Pick<HostPorts, "identifyProcess" | "isDescendant">;

export type OwnerStanding =
  | "holder"
  /** Started by the holder, directly or through others. */
  | "family"
  /** This process. Windows may go on naming whoever bound a socket that was handed over (docs/windows.md). */
  | "broker"
  /** It has ended, or cannot be seen. */
  | "unseen"
  /** It lives, and whether the holder started it cannot be told. */
  | "unclear"
  | "unrelated";

/** Asks each question once: an object lives for one look at the host. */
export class OwnerStandings {
  readonly #view: ProcessView;
  readonly #alive = new Map<number, boolean>();
  readonly #descends = new Map<string, boolean | null>();

  constructor(view: ProcessView) {
    this.#view = view;
  }

  /** `holder` is proven and lives. */
  standingOf({ processId }: PortHolder, holder: HolderProcess): OwnerStanding {
    if (processId === holder.processId) return "holder";
    if (processId === process.pid) return "broker";
    if (!this.isAlive(processId)) return "unseen";
    const descends = this.isDescendant(processId, holder.processId);
    if (descends === null) return "unclear";
    return descends ? "family" : "unrelated";
  }

  isAlive(processId: number): boolean {
    const alive = this.#alive.get(processId) ?? this.#view.identifyProcess(processId) !== null;
    this.#alive.set(processId, alive);
    return alive;
  }

  isDescendant(processId: number, ancestorId: number): boolean | null {
    const key = `${processId} ${ancestorId}`;
    const known = this.#descends.get(key);
    if (known !== undefined) return known;
    const descends = this.#view.isDescendant(processId, ancestorId);
    this.#descends.set(key, descends);
    return descends;
  }
}
