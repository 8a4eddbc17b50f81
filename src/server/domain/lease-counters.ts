// What became of requests and leases since the broker started, counted by pool and result. Numbers only rise. Who shows them over
// time (usage history, metrics) compares what it reads with what it read before.

import { BrokerError, type BrokerErrorCode } from "./errors.js";
import type { LeaseEndReason } from "./records.js";

export interface PoolCounts {
  /** Leases that were granted; a repeated request that got the lease it had is none. */
  readonly granted: number;
  /** Renewals that were answered, also such as wrote nothing. */
  readonly renewed: number;
  /** Requests for a lease that got none, by the reason that the caller was told. */
  readonly refused: ReadonlyMap<BrokerErrorCode, number>;
  readonly ended: ReadonlyMap<LeaseEndReason, number>;
}

interface Counting {
  granted: number;
  renewed: number;
  readonly refused: Map<BrokerErrorCode, number>;
  readonly ended: Map<LeaseEndReason, number>;
}

/** What is said of requests for a pool that does not exist: a caller's word makes no entry of its own. */
export const noPool = "";

const nothingCounted: PoolCounts = {
  granted: 0,
  renewed: 0,
  refused: new Map(),
  ended: new Map(),
};

export class LeaseCounters {
  readonly #pools = new Map<string, Counting>();

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

  renewed(pool: string): void {
    this.#of(pool).renewed += 1;
  }

  /** `pool`: of those that exist, or `noPool`. A failure that is no refusal of the core comes from the operating system. */
  refused(pool: string, error: unknown): void {
    const code = error instanceof BrokerError ? error.code : "os_error";
    addOne(this.#of(pool).refused, code);
  }

  ended(pool: string, reason: LeaseEndReason): void {
    addOne(this.#of(pool).ended, reason);
  }

  #of(pool: string): Counting {
    const known = this.#pools.get(pool);
    if (known !== undefined) return known;
    const counting = { granted: 0, renewed: 0, refused: new Map(), ended: new Map() };
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

/** How many leases their holders gave back, or were given back for a caller who never got them. */
export function releasesOf({ ended }: PoolCounts): number {
  return (ended.get("released") ?? 0) + (ended.get("caller_gone") ?? 0);
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
