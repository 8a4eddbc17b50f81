// Picks a page out of all leases, which come one by one in order of their ids. Sorts no more than about twice the page, however
// many leases there are.

import type { LeaseRecord } from "../domain/records.js";
import type { LeaseOrder, SortKey } from "./order-by.js";

interface HasRecord {
  readonly record: LeaseRecord;
}

export interface LeaseSelection<Lease extends HasRecord> {
  offer(lease: Lease): void;
  /** At most as many as asked; `more`: others come after them. */
  result(): { readonly leases: readonly Lease[]; readonly more: boolean };
}

/** In the order in which they come: the first ones after a lease id. */
export class FirstOnes<Lease extends HasRecord> implements LeaseSelection<Lease> {
  readonly #after: string;
  readonly #countMax: number;
  readonly #leases: Lease[] = [];
  #more = false;

  constructor(after: string, countMax: number) {
    this.#after = after;
    this.#countMax = countMax;
  }

  offer(lease: Lease): void {
    if (this.#more || lease.record.leaseId <= this.#after) return;
    if (this.#leases.length < this.#countMax) this.#leases.push(lease);
    else this.#more = true;
  }

  result(): { readonly leases: readonly Lease[]; readonly more: boolean } {
    return { leases: this.#leases, more: this.#more };
  }
}

interface Candidate<Lease> {
  readonly key: SortKey;
  readonly lease: Lease;
}

/** In any order: the smallest ones after a key. */
export class SmallestOnes<Lease extends HasRecord> implements LeaseSelection<Lease> {
  readonly #order: LeaseOrder;
  readonly #after: SortKey | null;
  readonly #countMax: number;
  #candidates: Candidate<Lease>[] = [];
  /** What is larger than this comes after the page; `null` while the page is not full. */
  #largest: SortKey | null = null;

  constructor(order: LeaseOrder, after: SortKey | null, countMax: number) {
    this.#order = order;
    this.#after = after;
    // One more than asked says whether there are more.
    this.#countMax = countMax + 1;
  }

  offer(lease: Lease): void {
    const { record } = lease;
    if (this.#largest !== null && this.#order.compareTo(record, this.#largest) > 0) return;
    if (this.#after !== null && this.#order.compareTo(record, this.#after) <= 0) return;
    this.#candidates.push({ key: this.#order.keyOf(record), lease });
    if (this.#candidates.length >= 2 * this.#countMax) this.#cut();
  }

  result(): { readonly leases: readonly Lease[]; readonly more: boolean } {
    this.#cut();
    const more = this.#candidates.length === this.#countMax;
    const leases = this.#candidates.slice(0, this.#countMax - 1).map(({ lease }) => lease);
    return { leases, more };
  }

  #cut(): void {
    const sorted = this.#candidates.toSorted((a, b) => this.#order.compare(a.key, b.key));
    this.#candidates = sorted.slice(0, this.#countMax);
    if (this.#candidates.length < this.#countMax) return;
    this.#largest = this.#candidates.at(-1)?.key ?? null;
  }
}
