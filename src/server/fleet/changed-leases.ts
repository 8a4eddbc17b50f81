// Leases whose last change etcd does not have yet, one entry for each, whatever happened to it meanwhile.

import { leaseChanged } from "../domain/lease-history.js";
import type { LeaseRecord, SealedChange } from "../domain/records.js";

/**
 * As many leases as two protocols have ports. An entry costs 100 bytes: the record is the core's own. Beyond, comparing everything with
 * what etcd has costs no more than writing all of this.
 */
export const changedLeasesMax = 131_072;

export class ChangedLeases {
  readonly #max: number;
  readonly #leases = new Map<string, LeaseRecord | null>();

  constructor(max = changedLeasesMax) {
    this.#max = max;
  }

  get size(): number {
    return this.#leases.size;
  }

  get leaseIds(): Iterable<string> {
    return this.#leases.keys();
  }

  /** False: there are more than are kept. A no-op for what is no change of a lease that the fleet is told of. */
  add(sealed: SealedChange): boolean {
    const record = leaseChanged(sealed);
    if (record === null) return true;
    const ended = sealed.change.type === "lease_ended";
    return this.set(record.leaseId, ended ? null : record);
  }

  /** `null`: it is no more. False: there are more than are kept. */
  set(leaseId: string, record: LeaseRecord | null): boolean {
    this.#leases.set(leaseId, record);
    return this.#leases.size <= this.#max;
  }

  /** Takes the oldest ones out. */
  take(countMax: number): readonly (readonly [string, LeaseRecord | null])[] {
    const taken: (readonly [string, LeaseRecord | null])[] = [];
    for (const entry of this.#leases) {
      if (taken.length === countMax) break;
      taken.push(entry);
      this.#leases.delete(entry[0]);
    }
    return taken;
  }

  clear(): void {
    this.#leases.clear();
  }
}
