// One snapshot under way: hands on what it is told, and says when it is over, once.

import type { FleetSnapshot } from "./fleet-sink.js";
import type { HostRecord } from "../records/host-record.js";
import type { LeaseRecord } from "../records/lease-record.js";
import type { PresenceRecord } from "../records/presence-record.js";

type Told = Pick<FleetSnapshot, "putHost" | "putLease" | "putPresence">;

export class ToldSnapshot implements FleetSnapshot {
  readonly #told: Told;
  readonly #sweep: () => void;
  #over = false;

  /** `sweep`: lets go what was not told. */
  constructor(told: Told, sweep: () => void) {
    this.#told = told;
    this.#sweep = sweep;
  }

  putHost(hostId: string, record: HostRecord): void {
    this.#told.putHost(hostId, record);
  }

  putPresence(hostId: string, record: PresenceRecord): void {
    this.#told.putPresence(hostId, record);
  }

  putLease(hostId: string, leaseId: string, record: LeaseRecord): void {
    this.#told.putLease(hostId, leaseId, record);
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#sweep();
  }

  abandon(): void {
    this.#over = true;
  }
}
