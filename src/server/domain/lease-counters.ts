// What became of requests and leases since the broker started, counted by pool and result. Numbers only rise. Who shows them over
// time (usage history, metrics) compares what it reads with what it read before.

import { DurationCounts } from "./duration-counts.js";
import { BrokerError, type BrokerErrorCode } from "./errors.js";
import type { LeaseEndReason } from "./records.js";

/** From a commit on a fast disk to the longest waits that are usual. */
const grantBoundsMs = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 30_000, 300_000];
/** The housekeeping looks four times a second; what is later than that had to wait. */
const expiryBoundsMs = [10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

export interface PoolCounts {
  /** Leases that were granted; a repeated request that got the lease it had is none. */
  readonly granted: number;
  /** From the receipt of a request until its new lease was on disk, waiting in line included. */
  readonly grantDuration: DurationCounts;
  /** Requests that got the lease that their request_id had got before. */
  readonly repeated: number;
  /** Renewals that were answered, also such as wrote nothing. */
  readonly renewed: number;
  /** Requests for a lease that got none, by the reason that the caller was told. */
  readonly refused: ReadonlyMap<BrokerErrorCode, number>;
  readonly ended: ReadonlyMap<LeaseEndReason, number>;
}

interface Counting {
  granted: number;
  readonly grantDuration: DurationCounts;
  repeated: number;
  renewed: number;
  readonly refused: Map<BrokerErrorCode, number>;
  readonly ended: Map<LeaseEndReason, number>;
}

/** What is said of requests for a pool that does not exist: a caller's word makes no entry of its own. */
export const noPool = "";

const nothingCounted: PoolCounts = newCounting();

export class LeaseCounters {
  /** From the moment a lease ran out until that was on disk and its ports rested. */
  readonly expiryDelay = new DurationCounts(expiryBoundsMs);
  readonly #pools = new Map<string, Counting>();
  readonly #renewalsRefused = new Map<BrokerErrorCode, number>();

  /** The pools that something was counted for, `noPool` among them. */
  get pools(): readonly string[] {
    return [...this.#pools.keys()];
  }

  /** As they are now; they change later. */
  of(pool: string): PoolCounts {
    return this.#pools.get(pool) ?? nothingCounted;
  }

  granted(pool: string): void {
    this.#of(pool).granted += 1;
  }

  /** The caller of a new lease was told so. */
  answered(pool: string, durationMs: number): void {
    this.#of(pool).grantDuration.add(durationMs);
  }

  repeated(pool: string): void {
    this.#of(pool).repeated += 1;
  }

  renewed(pool: string): void {
    this.#of(pool).renewed += 1;
  }

  /** `pool`: of those that exist, or `noPool`. A failure that is no refusal of the core comes from the operating system. */
  refused(pool: string, error: unknown): void {
    addOne(this.#of(pool).refused, codeOf(error));
  }

  renewalRefused(error: unknown): void {
    addOne(this.#renewalsRefused, codeOf(error));
  }

  /** Of all pools: of most it is not known which lease was meant. */
  get renewalsRefused(): ReadonlyMap<BrokerErrorCode, number> {
    return this.#renewalsRefused;
  }

  ended(pool: string, reason: LeaseEndReason): void {
    addOne(this.#of(pool).ended, reason);
  }

  #of(pool: string): Counting {
    const known = this.#pools.get(pool);
    if (known !== undefined) return known;
    const counting = newCounting();
    this.#pools.set(pool, counting);
    return counting;
  }
}

/** Refused because no port could be had: more ports, or fewer leases, would have helped. */
const shortages: readonly BrokerErrorCode[] = [
  "pool_full",
  "no_contiguous_run",
  "line_full",
  "quota_exceeded",
];

/** How many requests found no port. */
export function shortagesOf({ refused }: PoolCounts): number {
  return shortages.reduce((sum, code) => sum + (refused.get(code) ?? 0), 0);
}

/** How many leases ended otherwise than by their holders: expired, revoked, lost. */
export function lossesOf({ ended }: PoolCounts): number {
  let sum = 0;
  for (const [reason, count] of ended) {
    if (reason !== "released" && reason !== "caller_gone") sum += count;
  }
  return sum;
}

function addOne<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function codeOf(error: unknown): BrokerErrorCode {
  return error instanceof BrokerError ? error.code : "os_error";
}

function newCounting(): Counting {
  return {
    granted: 0,
    grantDuration: new DurationCounts(grantBoundsMs),
    repeated: 0,
    renewed: 0,
    refused: new Map(),
    ended: new Map(),
  };
}
