// Leases by something that several may have in common.

import type { LeaseEntry } from "./lease-entry.js";

const none: ReadonlySet<LeaseEntry> = new Set();

export class LeaseIndex<Key> {
  readonly #leases = new Map<Key, Set<LeaseEntry>>();

  /** In no order. */
  get(key: Key): Iterable<LeaseEntry> {
    return this.#leases.get(key) ?? none;
  }

  add(key: Key, lease: LeaseEntry): void {
    const leases = this.#leases.get(key);
    if (leases === undefined) this.#leases.set(key, new Set([lease]));
    else leases.add(lease);
  }

  remove(key: Key, lease: LeaseEntry): void {
    const leases = this.#leases.get(key);
    if (leases === undefined) return;
    leases.delete(lease);
    if (leases.size === 0) this.#leases.delete(key);
  }
}
