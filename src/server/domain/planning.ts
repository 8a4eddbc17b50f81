// Which ports a request gets, and for how long: checks it against the pool and takes the ports. Nothing is on disk yet; granting
// is what follows.

import {
  type AcquireRequest,
  checkHolder,
  checkPortCount,
  checkPreferredPort,
  checkProtocol,
  checkTtl,
} from "./acquire-request.js";
import { BrokerError } from "./errors.js";
import type { LeaseBook } from "./lease-book.js";
import type { Pool, PoolPolicy, TakenPorts } from "./pool.js";
import { poolNotFound } from "./refusals.js";

/** Everything about a grant that is decided before it has a revision. */
export interface GrantPlan {
  readonly policy: PoolPolicy;
  readonly taken: TakenPorts;
  readonly ttlMs: number;
  readonly warnings: readonly LeaseWarning[];
}

/** Something the holder should know that is no error. */
export interface LeaseWarning {
  /** A stable word for programs, in upper snake case. */
  readonly reason: string;
  readonly message: string;
}

export class Planning {
  readonly #book: LeaseBook;

  constructor(book: LeaseBook) {
    this.#book = book;
  }

  /** Decides ports and TTL, and takes the ports: put them back when nothing comes of it. Throws the reason why not. */
  plan(request: AcquireRequest): GrantPlan {
    const pool = this.#poolNamed(request.pool === "" ? "default" : request.pool);
    const { policy } = pool;
    checkProtocol(policy, request.protocol);
    checkHolder(request.holder);
    checkPreferredPort(request.preferredPort);
    const portCount = checkPortCount(policy, request.portCount);
    const ttlMs = checkTtl(policy, request.ttlMs);
    for (const block of pool.blocks) block.advance();
    const taken =
      takePreferred(pool, request, portCount) ??
      pool.take(portCount, this.#book.clock.monotonicMs());
    return { policy, taken, ttlMs, warnings: [] };
  }

  #poolNamed(name: string): Pool {
    const pool = this.#book.pools.get(name);
    if (pool !== undefined && !pool.policy.retired) return pool;
    const known = [...this.#book.pools.values()].filter(({ policy }) => !policy.retired);
    throw poolNotFound(
      name,
      known.map(({ policy }) => policy.name),
    );
  }
}

function takePreferred(pool: Pool, request: AcquireRequest, portCount: number): TakenPorts | null {
  if (request.preferredPort === 0) return null;
  try {
    return pool.takeAt(request.preferredPort, portCount);
  } catch (error) {
    if (request.portMustMatch || !(error instanceof BrokerError)) throw error;
    return null;
  }
}
