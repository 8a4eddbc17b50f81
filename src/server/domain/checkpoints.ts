// What is left of the TTL of leases that are not renewed, written down now and then, so that a broker that restarts again and
// again does not make them eternal (semantics.md 3). A lease that is renewed in time is never written.

import type { LeaseBook } from "./lease-book.js";
import type { ActiveLease } from "./lease-table.js";
import type { LeaseRecord } from "./records.js";
import { leaseNotFound } from "./refusals.js";

/** A lease gets its first checkpoint when no more than this share of its TTL is left: holders renew well before. */
export const checkpointShare = 1 / 2;
/** Between two checkpoints of one lease, as a share of its TTL. */
const againShare = 1 / 4;
/** After a start the first one comes no later, so that even a broker that crashes every few seconds lets leases run out. */
const afterStartMsMax = 5_000;
/** How many leases one `advance` looks at. */
const advanceBatchMax = 1_000;
/** How many checkpoints are on their way to disk at once: after a start many leases are due, and grants want their turn. */
const writingMax = 1_000;

export class Checkpoints {
  readonly #book: LeaseBook;
  /** Leases with a checkpoint on its way, or of which it is unknown whether it arrived; with what made the last one. */
  readonly #sent = new WeakMap<ActiveLease, () => Partial<LeaseRecord>>();
  /** Renewals that come while a checkpoint is being cleared wait for the same change. */
  readonly #clearing = new Map<ActiveLease, Promise<void>>();
  #writing = 0;

  constructor(book: LeaseBook) {
    this.#book = book;
  }

  /** When `advance` has something to do; `null` when never, or when it goes on by itself. */
  get nextDeadlineMs(): number | null {
    const waits = this.#book.journal.failed || this.#writing >= writingMax;
    return waits ? null : this.#book.leases.nextCheckpointMs;
  }

  /** Begins to watch a lease that came back at a start. */
  watchReturned(lease: ActiveLease, nowMs: number): void {
    const halfMs = this.#remainingMs(lease, nowMs) * checkpointShare;
    this.#book.leases.setCheckpoint(lease, nowMs + Math.min(halfMs, afterStartMsMax));
  }

  /** Writes what is due; what is too much at once follows when those before it are on disk. True when there is more to look at. */
  advance(nowMs: number): boolean {
    for (let count = 0; count < advanceBatchMax; count += 1) {
      if (this.#book.journal.failed || this.#writing >= writingMax) return false;
      const lease = this.#book.leases.popCheckpoint(nowMs);
      if (lease === null) return false;
      this.#look(lease, nowMs);
    }
    return true;
  }

  /**
   * Resolves when a restart would give the lease its full TTL: at once, but for the first renewal after a checkpoint. Rejects
   * with store_unavailable when the checkpoint cannot be taken back, and lease_not_found when the lease ended meanwhile.
   */
  clear(lease: ActiveLease): Promise<void> | null {
    const underWay = this.#clearing.get(lease);
    if (underWay !== undefined) return underWay;
    if (lease.record.remainingMs === null && !this.#sent.has(lease)) return null;
    if (this.promisedBeyond(lease, lease.record.ttlMs) !== null) return null;
    const cleared = this.#clear(lease).finally(() => this.#clearing.delete(lease));
    this.#clearing.set(lease, cleared);
    return cleared;
  }

  /**
   * What is left of a promise that a shorter TTL does not take back, since the answer that says so may get lost: to be on disk
   * with the TTL until it has run out. `null` when the TTL reaches as far.
   */
  promisedBeyond(lease: ActiveLease, ttlMs: number): number | null {
    // Whole milliseconds: a sum of fractions may come back as more than was put in.
    const leftMs = this.#remainingMs(lease, this.#book.clock.monotonicMs());
    return leftMs > ttlMs ? leftMs + 1 : null;
  }

  /** For an orderly stop: what is left of every lease that would come back with more. */
  writeAll(): void {
    if (this.#book.journal.failed) return;
    const nowMs = this.#book.clock.monotonicMs();
    for (const lease of this.#book.leases.all()) {
      if (lease.ending !== null || this.#isRenewed(lease, nowMs)) continue;
      this.#write(lease);
    }
  }

  #look(lease: ActiveLease, nowMs: number): void {
    const { ttlMs } = lease.record;
    // It only waits for its end to be written.
    if (lease.deadlineMs <= nowMs) return;
    if (this.#isRenewed(lease, nowMs)) {
      this.#book.leases.setCheckpoint(lease, lease.deadlineMs - ttlMs * checkpointShare);
      return;
    }
    this.#write(lease);
    this.#book.leases.setCheckpoint(lease, nowMs + ttlMs * againShare);
  }

  /** A failure puts the broker into its read-only state; when it leaves that, all leases are made anew of what is on disk. */
  #write(lease: ActiveLease): void {
    const { deadlineMs } = lease;
    const remaining = (): Partial<LeaseRecord> => {
      // Renewed while this waited for its turn.
      if (lease.deadlineMs !== deadlineMs) return {};
      // What a renewal waits for is on its way to disk, or goes there together with this: nothing may undo it from behind.
      if (lease.ttlChanges > 0 || this.#clearing.has(lease)) return {};
      this.#sent.set(lease, remaining);
      return { remainingMs: this.#remainingMs(lease, this.#book.clock.monotonicMs()) };
    };
    this.#writing += 1;
    void this.#book
      .changeLease(lease, remaining, toChange)
      .then(() => {
        // The next one may have been sent just before this was told.
        if (this.#sent.get(lease) === remaining) this.#sent.delete(lease);
      })
      .catch(() => undefined)
      .finally(() => this.#written());
  }

  #written(): void {
    this.#writing -= 1;
    if (this.#writing === writingMax / 2) this.advance(this.#book.clock.monotonicMs());
  }

  async #clear(lease: ActiveLease): Promise<void> {
    // By the TTL that is on its way to disk before this: it may have been cut since.
    const remaining = ({ ttlMs }: LeaseRecord) => ({
      remainingMs: this.promisedBeyond(lease, ttlMs),
    });
    await this.#book.changeLease(lease, remaining, toChange);
    if (!this.#book.isLive(lease)) throw leaseNotFound(lease.record.leaseId);
  }

  #isRenewed(lease: ActiveLease, nowMs: number): boolean {
    if (lease.unrenewedGraceMs !== null) return false;
    return lease.deadlineMs - nowMs > lease.record.ttlMs * checkpointShare;
  }

  /** Whole milliseconds, 0 or more; without what the start added, or a crash loop would add it again and again. */
  #remainingMs({ deadlineMs, unrenewedGraceMs }: ActiveLease, nowMs: number): number {
    return Math.max(0, Math.floor(deadlineMs - (unrenewedGraceMs ?? 0) - nowMs));
  }
}

function toChange(lease: LeaseRecord) {
  return { type: "lease_checkpointed", lease } as const;
}
