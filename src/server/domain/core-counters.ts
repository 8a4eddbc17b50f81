// What the lease core has counted since the broker started. Numbers only rise; who shows them reads them.

import { DurationCounts } from "./duration-counts.js";
import { BrokerError, type BrokerErrorCode } from "./errors.js";
import type { LeaseEndReason } from "./records.js";

/** "ok", why not, or "internal": a fault of the broker. */
export type CallResult = "ok" | "repeated" | "internal" | BrokerErrorCode;

/** From a commit on a fast disk to the longest wait that is allowed. */
const grantBoundsMs = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 30_000, 300_000];
/** From a disk with a cache of its own to one that hangs. */
const commitBoundsMs = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000];
/** The housekeeping looks four times a second; what is later than that had to wait. */
const expiryBoundsMs = [10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

export class ResultCounts {
  readonly #counts = new Map<CallResult, number>();

  add(result: CallResult): void {
    this.#counts.set(result, this.of(result) + 1);
  }

  addFailure(error: unknown): void {
    this.add(error instanceof BrokerError ? error.code : "internal");
  }

  of(result: CallResult): number {
    return this.#counts.get(result) ?? 0;
  }

  /** Those that happened. */
  entries(): IterableIterator<[CallResult, number]> {
    return this.#counts.entries();
  }
}

const losses: readonly LeaseEndReason[] = [
  "expired",
  "revoked",
  "holder_exited",
  "never_bound",
  "port_lost",
];

const shortages: readonly BrokerErrorCode[] = [
  "pool_full",
  "no_contiguous_run",
  "line_full",
  "quota_exceeded",
];

export class PoolCounters {
  /** How requests for a lease ended; "repeated": by their request_id they got the lease that they had. */
  readonly grants = new ResultCounts();
  /** From receipt until a new lease was on disk, waiting in line included. */
  readonly grantDuration = new DurationCounts(grantBoundsMs);
  readonly ends: Record<LeaseEndReason, number> = {
    released: 0,
    expired: 0,
    revoked: 0,
    holder_exited: 0,
    never_bound: 0,
    port_lost: 0,
    caller_gone: 0,
  };

  granted(durationMs: number): void {
    this.grants.add("ok");
    this.grantDuration.add(durationMs);
  }

  /** Requests for which no port could be had: more ports, or fewer leases, would have helped. */
  get shortages(): number {
    return shortages.reduce((sum, code) => sum + this.grants.of(code), 0);
  }

  /** Leases that their holders gave back, or that were given back for a caller who never got them. */
  get releases(): number {
    return this.ends.released + this.ends.caller_gone;
  }

  /** Leases that ended otherwise than by their holders: expired, revoked, lost. */
  get losses(): number {
    return losses.reduce((sum, reason) => sum + this.ends[reason], 0);
  }
}

export class CommitCounters {
  /** One for each commit that succeeded. */
  readonly duration = new DurationCounts(commitBoundsMs);
  failures = 0;
  /** How many changes they wrote. */
  changes = 0;

  committed(durationMs: number, changeCount: number): void {
    this.duration.add(durationMs);
    this.changes += changeCount;
  }
}

export class CoreCounters {
  readonly #pools = new Map<string, PoolCounters>();
  readonly renewals = new ResultCounts();
  readonly commits: CommitCounters;
  /** From the moment a lease ran out until that was on disk and its ports were free to rest. */
  readonly expiryDelay = new DurationCounts(expiryBoundsMs);

  constructor(commits: CommitCounters) {
    this.commits = commits;
  }

  /** `name`: of a pool that there is, or "" for requests that named none that there is. */
  ofPool(name: string): PoolCounters {
    const known = this.#pools.get(name);
    if (known !== undefined) return known;
    const counters = new PoolCounters();
    this.#pools.set(name, counters);
    return counters;
  }

  /** By name of the pool; those that something was counted for. */
  get pools(): ReadonlyMap<string, PoolCounters> {
    return this.#pools;
  }
}
