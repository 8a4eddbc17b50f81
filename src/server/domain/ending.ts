// How leases end: by release, by expiry, because the caller went away. A lease is out of use from the moment its end is
// asked for; its ports rest once the end is on disk.

import type { LeaseBook } from "./lease-book.js";
import type { ActiveLease } from "./lease-table.js";
import type { EndedLeaseRecord, LeaseEndReason, Revocation, SealedChange } from "./records.js";
import { storeUnavailable } from "./refusals.js";

/**
 * How many expired leases are on their way to disk at once: a batch of half of them there, and one that waits for it. In a mass
 * expiry others never wait for more than that.
 */
const expiringMax = 1_000;
/** How many remembered requests one call forgets. */
const forgetBatchMax = 256;

export class Ending {
  readonly #book: LeaseBook;
  #expiring = 0;

  constructor(book: LeaseBook) {
    this.#book = book;
  }

  /**
   * Takes the lease out of use at once; resolves with the end that it came to when that is on disk and its ports rest.
   * `revocation`: what the operator said who takes it back.
   */
  end(lease: ActiveLease, reason: LeaseEndReason, revocation?: Revocation): Promise<SealedChange> {
    if (lease.ending !== null) return lease.ending.done;
    if (this.#book.journal.failed) return Promise.reject(storeUnavailable());
    const done = this.#commitEnd(lease, reason, revocation);
    lease.ending = { reason, done };
    this.#book.leases.stopExpiry(lease);
    return done;
  }

  /** The lease; one that is not known is looked for again once what is on its way to disk is told: its grant may be there. */
  async findSettled(leaseId: string): Promise<ActiveLease | null> {
    const known = this.#book.leases.find(leaseId);
    if (known !== null) return known;
    await this.#book.journal.settled();
    return this.#book.leases.find(leaseId);
  }

  /**
   * Resolves when it is sure that a lease that does not live is no more on disk either: its end must be there before it is confirmed,
   * also when somebody else asked for it or nobody did yet. Rejects with store_unavailable while a grant may be on disk that
   * memory does not know: one whose commit failed (semantics 1).
   */
  async confirmMissing(lease: ActiveLease | null): Promise<void> {
    if (lease !== null) await this.end(lease, "expired");
    else if (this.#book.journal.failed) throw storeUnavailable();
  }

  /** How long the ports of a lease rest after it ended so. */
  quarantineMsOf(lease: ActiveLease, reason: LeaseEndReason): number {
    // A caller that never got its answer never bound the port (semantics.md 10).
    if (reason === "caller_gone") return 0;
    return this.#book.pools.get(lease.record.pool)?.policy.quarantineMs ?? 0;
  }

  /** When `expireDue` has something to do; `null` when never, or when it goes on by itself. */
  get nextExpiryMs(): number | null {
    const waits = this.#book.journal.failed || this.#expiring >= expiringMax;
    return waits ? null : this.#book.leases.nextDeadlineMs;
  }

  /** How long the lease that ran out first has been waiting for its end; 0 when none waits. */
  overdueMs(nowMs: number): number {
    return Math.max(0, nowMs - (this.#book.leases.nextDeadlineMs ?? nowMs));
  }

  /** Ends leases that were not renewed in time; what is too much at once follows when the ends before it are on disk. */
  expireDue(nowMs: number): void {
    while (this.#expiring < expiringMax && !this.#book.journal.failed) {
      const lease = this.#book.leases.popExpired(nowMs);
      if (lease === null) return;
      this.#expiring += 1;
      const expired = (): void => this.#expired();
      // A failure puts the broker into its read-only state, from which it comes back with the leases that are on disk.
      void this.end(lease, "expired").then(expired, expired);
    }
  }

  #expired(): void {
    this.#expiring -= 1;
    if (this.#expiring === expiringMax / 2) this.expireDue(this.#book.clock.monotonicMs());
  }

  /** Forgets requests whose leases ended long ago. True when there are more. */
  forgetDue(nowMs: number): boolean {
    if (this.#book.journal.failed) return false;
    for (let count = 0; count < forgetBatchMax; count += 1) {
      const ended = this.#book.ended.popForgotten(nowMs);
      if (ended === null) return false;
      const { generation } = ended.lease;
      // Not forgotten on disk is only remembered for longer.
      void this.#book
        .commit(() => ({ type: "lease_forgotten", generation }))
        .catch(() => undefined);
    }
    return true;
  }

  #commitEnd(
    lease: ActiveLease,
    reason: LeaseEndReason,
    revocation: Revocation | undefined,
  ): Promise<SealedChange> {
    const remember = lease.record.request !== null;
    return this.#book.commit(
      (_revision, endedWallMs) => ({
        type: "lease_ended",
        ended: {
          lease: this.#book.sentRecord(lease),
          reason,
          endedWallMs,
          ...(revocation === undefined ? {} : { revocation }),
        } satisfies EndedLeaseRecord,
        remember,
      }),
      (sealed) => this.#ended(lease, reason, sealed),
    );
  }

  #ended(
    lease: ActiveLease,
    reason: LeaseEndReason,
    { change, revision, wallMs }: SealedChange,
  ): void {
    if (change.type !== "lease_ended") throw new TypeError("an end was expected");
    const { leases, clock, events, ended, counters } = this.#book;
    leases.remove(lease);
    counters.ofPool(lease.record.pool).ends[reason] += 1;
    if (reason === "expired") counters.expiryDelay.add(clock.monotonicMs() - lease.deadlineMs);
    const quarantineMs = this.quarantineMsOf(lease, reason);
    const pool = this.#book.pools.get(lease.record.pool);
    pool?.leaseEnded(lease.block, change.ended.lease, reason, quarantineMs);
    this.#book.freed(lease.record.pool);
    ended.remember(change.ended, clock.monotonicMs());
    events.publish({ type: "lease_ended", revision, wallMs, ended: change.ended });
  }
}
