// How an operator takes a lease back from its holder. What an end means is ending.ts's business; the holder is told by whoever hears
// the core's events.

import type { Ending } from "./ending.js";
import type { LeaseBook } from "./lease-book.js";
import type { EndedLeaseRecord, Revocation } from "./records.js";
import { leaseNotFound } from "./refusals.js";
import { checkRevokeReason } from "./steering-checks.js";

export interface RevokedLease {
  readonly ended: EndedLeaseRecord;
  /** Of the end. */
  readonly revision: number;
}

export class Revoking {
  readonly #book: LeaseBook;
  readonly #ending: Ending;

  constructor(book: LeaseBook, ending: Ending) {
    this.#book = book;
    this.#ending = ending;
  }

  /**
   * Ends a live lease; resolves when that is on disk. Its ports rest then, and are out of use for as long as somebody is bound to
   * them (promise 5). With `allowMissing` `null` for one that is unknown or has ended: its end is on disk, too. Rejects with
   * lease_not_found, field_invalid and store_unavailable.
   */
  async revoke(
    leaseId: string,
    revocation: Revocation,
    allowMissing: boolean,
  ): Promise<RevokedLease | null> {
    checkRevokeReason(revocation.reason);
    const lease = await this.#ending.findSettled(leaseId);
    if (lease === null || !this.#book.isLive(lease)) {
      if (!allowMissing) throw leaseNotFound(leaseId);
      await this.#ending.confirmMissing(lease);
      return null;
    }
    const { change, revision } = await this.#ending.end(lease, "revoked", revocation);
    if (change.type !== "lease_ended") throw new TypeError("an end was expected");
    return { ended: change.ended, revision };
  }
}
