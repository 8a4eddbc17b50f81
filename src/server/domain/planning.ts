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
import { crowdedTtl } from "./crowded-ttl.js";
import { BrokerError } from "./errors.js";
import type { LeaseBook } from "./lease-book.js";
import type { LeaseWarning } from "./lease-warning.js";
import { pickPolicies } from "./pick-policies.js";
import type { PickPolicy } from "./pick-policy.js";
import type { PickPolicyName, Pool, PoolPolicy, PortWish, TakenPorts } from "./pool.js";
import { poolNotFound } from "./refusals.js";

export type { LeaseWarning } from "./lease-warning.js";

/** Everything about a grant that is decided before it has a revision. */
export interface GrantPlan {
  readonly policy: PoolPolicy;
  readonly taken: TakenPorts;
  readonly ttlMs: number;
  readonly warnings: readonly LeaseWarning[];
}

export class Planning {
  readonly #book: LeaseBook;
  readonly #policies: Readonly<Record<PickPolicyName, PickPolicy>>;

  constructor(book: LeaseBook) {
    this.#book = book;
    this.#policies = pickPolicies(book.random);
  }

  /** Decides ports and TTL, and takes the ports: `undo` it when nothing comes of it. Throws the reason why not. */
  plan(request: AcquireRequest): GrantPlan {
    const pool = this.#poolNamed(request.pool === "" ? "default" : request.pool);
    const { policy } = pool;
    checkProtocol(policy, request.protocol);
    checkHolder(request.holder);
    checkPreferredPort(request);
    const portCount = checkPortCount(policy, request.portCount);
    const askedTtlMs = checkTtl(policy, request.ttlMs);
    pool.advance();
    const { ttlMs, warnings } = crowdedTtl(pool, askedTtlMs);
    const wish: PortWish = { portCount, claimant: request.holder };
    const preferred = takePreferred(pool, request, wish);
    if (preferred instanceof BrokerError) {
      const taken = this.#take(pool, wish);
      return { policy, taken, ttlMs, warnings: [...warnings, notAvailable(preferred)] };
    }
    return { policy, taken: preferred ?? this.#take(pool, wish), ttlMs, warnings };
  }

  /** Nothing comes of the plan. */
  undo({ policy, taken }: GrantPlan): void {
    this.#book.pools.get(policy.name)?.putBack(taken);
  }

  #take(pool: Pool, wish: PortWish): TakenPorts {
    return pool.take(wish, this.#policies[pool.policy.pickPolicy], this.#book.clock.monotonicMs());
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

/** `null`: none is preferred. A BrokerError: why it cannot be had, where another one will do. */
function takePreferred(
  pool: Pool,
  request: AcquireRequest,
  wish: PortWish,
): TakenPorts | BrokerError | null {
  if (request.preferredPort === 0) return null;
  try {
    return pool.takeAt(request.preferredPort, wish);
  } catch (error) {
    if (request.portMustMatch || !(error instanceof BrokerError)) throw error;
    return error;
  }
}

function notAvailable({ message }: BrokerError): LeaseWarning {
  return { reason: "PREFERRED_PORT_NOT_AVAILABLE", message };
}
