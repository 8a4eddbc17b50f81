// All leases as they were at one revision. Taken at once and sent in parts: leases change meanwhile, their records do not.

import type { Broker } from "../domain/broker.js";
import type { ActiveLease } from "../domain/lease-table.js";
import type { LeaseRecord } from "../domain/records.js";

export interface LeaseSnapshot {
  readonly revision: number;
  /** Same index, same lease; `records` are of the revision. */
  readonly leases: readonly ActiveLease[];
  readonly records: readonly LeaseRecord[];
}

/** Shared by all watches that begin at the same revision, as they do when a broker comes back. */
export class LeaseSnapshots {
  #last: WeakRef<LeaseSnapshot> | null = null;

  /** Also leases that are about to end: their ends follow as changes. */
  take(broker: Pick<Broker, "recordedLeases">, revision: number): LeaseSnapshot {
    const last = this.#last?.deref();
    if (last?.revision === revision) return last;
    const leases = [...broker.recordedLeases()];
    const snapshot = { revision, leases, records: leases.map(({ record }) => record) };
    this.#last = new WeakRef(snapshot);
    return snapshot;
  }

  /** After the memory was read from disk anew. */
  forget(): void {
    this.#last = null;
  }
}
