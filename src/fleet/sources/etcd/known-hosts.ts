// Which hosts have a presence key, and how many leases, in etcd now: so that a host's record that was deleted by hand is told from a
// host that was forgotten.

export class KnownHosts {
  readonly #present = new Set<string>();
  readonly #leases = new Map<string, number>();

  /** Whether anything but its record is there. */
  hasMore(hostId: string): boolean {
    return this.#present.has(hostId) || this.#leases.has(hostId);
  }

  presenceThere(hostId: string): void {
    this.#present.add(hostId);
  }

  presenceGone(hostId: string): void {
    this.#present.delete(hostId);
  }

  leaseCame(hostId: string): void {
    this.#leases.set(hostId, (this.#leases.get(hostId) ?? 0) + 1);
  }

  leaseGone(hostId: string): void {
    const left = (this.#leases.get(hostId) ?? 0) - 1;
    if (left > 0) this.#leases.set(hostId, left);
    else this.#leases.delete(hostId);
  }

  /** Everything is about to be read anew. */
  clear(): void {
    this.#present.clear();
    this.#leases.clear();
  }
}
