// The reservations that this process has open, so that all of them are let go when it stops, also those of a failed start.

import type { BlockReservation } from "../domain/boundaries.js";

export class OpenReservations {
  readonly #open = new Set<BlockReservation>();

  add(reservation: BlockReservation): void {
    this.#open.add(reservation);
  }

  /** It was given back for good. */
  delete(reservation: BlockReservation): void {
    this.#open.delete(reservation);
  }

  /** Lets go of all; what outlives the process stays with the operating system. Rejects with the first failure, at the end. */
  async releaseAll(): Promise<void> {
    const results = await Promise.allSettled([...this.#open].map((open) => open.release()));
    this.#open.clear();
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }
}
