// The leases in memory: by id, by generation, by request, and by deadline. Only bookkeeping: it decides nothing and waits
// for nothing; the broker says what happens to a lease.

import type { PortBlock } from "./port-block.js";
import { DeadlineQueue } from "./deadline-queue.js";
import { ForgetfulMap } from "./forgetful-map.js";
import type { LeaseSight } from "./lease-sight.js";
import type { LeaseWarning } from "./lease-warning.js";
import { NumberedDeadlines } from "./numbered-deadlines.js";
import { Numbering } from "./numbering.js";
import type { EndedLeaseRecord, LeaseEndReason, LeaseRecord, SealedChange } from "./records.js";

/** A lease whose grant is on disk; active-lease.ts makes it. */
export interface ActiveLease {
  record: LeaseRecord;
  /** The record in the last change of it that was sent to disk, be it there by now or not; `null`: none was. */
  sentRecord: LeaseRecord | null;
  readonly block: PortBlock;
  /** Derived once: renewals compare it thousands of times a second. Never leaves memory but to its holder. */
  readonly holderKey: string;
  /** Monotonic. */
  deadlineMs: number;
  /**
   * For a lease that was neither granted nor renewed since the start: by how much its deadline is later than what is left of
   * its TTL (spread-expiries.ts). `null` for any other.
   */
  unrenewedGraceMs: number | null;
  /** Wall clock, for display. */
  renewedWallMs: number;
  /** How its ports were reserved when the holder was told last; `null` when it was not, or there is nothing to tell. */
  told: ToldReservations | null;
  /** How many changes of its TTL are on their way to disk. */
  ttlChanges: number;
  /** Set from the moment the lease can no longer be renewed until its end is on disk. */
  ending: LeaseEnding | null;
  /** What was said with the grant; a repeated request is told the same. None after a restart. */
  readonly warnings: readonly LeaseWarning[];
  /** What the audit remembers of it, which alone sets it; `null`: nothing. */
  sight: LeaseSight | null;
  /** Its number in the table, which alone sets it; `null` while it is not in there. */
  tableNumber: number | null;
}

/** What a holder was last told of how its ports are reserved; told-reservations.ts decides what is news. */
export interface ToldReservations {
  /** Equal for the same reservations. Made of tokens: as secret as they are. */
  readonly fingerprint: string;
  /** Monotonic. Until then every renewal says it again. */
  readonly repeatUntilMs: number;
}

export interface LeaseEnding {
  readonly reason: LeaseEndReason;
  /** The end as it is on disk. */
  readonly done: Promise<SealedChange>;
}

/** Whoever keeps something of its own for each lease. */
export interface LeaseFollower {
  /** The lease is in memory now: it was granted, or taken over from disk. */
  leaseAdded(lease: ActiveLease): void;
  /** It is no longer; a lease that was read from disk anew is another object. */
  leaseRemoved(lease: ActiveLease): void;
}

export class LeaseTable {
  /** In order of grant, which is the order of lease ids. */
  readonly #byId = new ForgetfulMap<string, ActiveLease>();
  readonly #byRequest = new ForgetfulMap<string, ActiveLease>();
  readonly #numbers = new Numbering<ActiveLease>();
  readonly #deadlines = new NumberedDeadlines();
  readonly #checkpoints = new NumberedDeadlines();
  readonly #followers: LeaseFollower[] = [];

  /** To be called before the first lease is added. */
  follow(follower: LeaseFollower): void {
    this.#followers.push(follower);
  }

  get size(): number {
    return this.#byId.size;
  }

  get nextDeadlineMs(): number | null {
    return this.#deadlines.nextDeadlineMs;
  }

  get nextCheckpointMs(): number | null {
    return this.#checkpoints.nextDeadlineMs;
  }

  all(): IterableIterator<ActiveLease> {
    return this.#byId.values();
  }

  find(leaseId: string): ActiveLease | null {
    return this.#byId.get(leaseId) ?? null;
  }

  findByRequest(requestKey: string): ActiveLease | null {
    return this.#byRequest.get(requestKey) ?? null;
  }

  add(lease: ActiveLease): void {
    this.#byId.set(lease.record.leaseId, lease);
    if (lease.record.request !== null) this.#byRequest.set(lease.record.request.key, lease);
    lease.tableNumber = this.#numbers.add(lease);
    this.#deadlines.set(lease.tableNumber, lease.deadlineMs);
    for (const follower of this.#followers) follower.leaseAdded(lease);
  }

  /** One that is no longer in the table only gets the deadline. */
  setDeadline(lease: ActiveLease, deadlineMs: number): void {
    lease.deadlineMs = deadlineMs;
    if (lease.tableNumber !== null) this.#deadlines.set(lease.tableNumber, deadlineMs);
  }

  /** When the lease is to be looked at for a checkpoint; renewals do not move it. No-op for one that is not in the table. */
  setCheckpoint({ tableNumber }: ActiveLease, atMs: number): void {
    if (tableNumber !== null) this.#checkpoints.set(tableNumber, atMs);
  }

  /** From now on the lease does not expire by itself; `remove` follows when its end is on disk. */
  stopExpiry({ tableNumber }: ActiveLease): void {
    if (tableNumber === null) return;
    this.#deadlines.delete(tableNumber);
    this.#checkpoints.delete(tableNumber);
  }

  remove(lease: ActiveLease): void {
    this.#byId.delete(lease.record.leaseId);
    if (lease.record.request !== null) this.#byRequest.delete(lease.record.request.key);
    this.stopExpiry(lease);
    if (lease.tableNumber !== null) this.#numbers.remove(lease.tableNumber);
    lease.tableNumber = null;
    for (const follower of this.#followers) follower.leaseRemoved(lease);
  }

  /** Takes one lease out that is to be looked at for a checkpoint; `null` when none is due. */
  popCheckpoint(nowMs: number): ActiveLease | null {
    return this.#find(this.#checkpoints.popDue(nowMs));
  }

  /** Takes one lease whose deadline has passed out of the queue; `null` when none is due. */
  popExpired(nowMs: number): ActiveLease | null {
    return this.#find(this.#deadlines.popDue(nowMs));
  }

  #find(tableNumber: number | null): ActiveLease | null {
    return tableNumber === null ? null : this.#numbers.find(tableNumber);
  }
}

/** How long an ended lease is remembered for its request_id; the API documents it. */
export const rememberEndedMs = 3_600_000;
/** More are forgotten early, the oldest first: a bound for memory. */
export const rememberedMax = 100_000;

/** Ended leases that had a request_id, so that a repeat is told so instead of being granted anew (semantics.md 9). */
export class EndedLeases {
  readonly #byRequest = new Map<string, EndedLeaseRecord>();
  readonly #forgetAt = new DeadlineQueue<string>();

  get size(): number {
    return this.#byRequest.size;
  }

  get nextDeadlineMs(): number | null {
    return this.#byRequest.size > rememberedMax ? -Infinity : this.#forgetAt.nextDeadlineMs;
  }

  /** No-op for a lease without a request_id. */
  remember(ended: EndedLeaseRecord, nowMs: number): void {
    const key = ended.lease.request?.key;
    if (key === undefined) return;
    this.#byRequest.set(key, ended);
    this.#forgetAt.set(key, nowMs + rememberEndedMs);
  }

  find(requestKey: string): EndedLeaseRecord | null {
    return this.#byRequest.get(requestKey) ?? null;
  }

  /** Forgets one lease that is due, or one too many; `null` when there is none. */
  popForgotten(nowMs: number): EndedLeaseRecord | null {
    const key = this.#forgetAt.popDue(this.#byRequest.size > rememberedMax ? Infinity : nowMs);
    if (key === null) return null;
    const ended = this.#byRequest.get(key) ?? null;
    this.#byRequest.delete(key);
    return ended;
  }
}
