// The policies of the pools of a running broker, and how they change. What a policy means is the pool's business; where it comes
// from is decided outside of the core.

import type { LeaseBook } from "./lease-book.js";
import type { PoolPolicy } from "./pool-policy.js";
import { poolNotFound } from "./refusals.js";

/** What a pool is made of: its blocks are reserved by these, so that another value needs a restart. */
const fixedFields = [
  "protocol",
  "kindIsAuto",
  "kind",
  "isolation",
  "startPort",
  "pick",
  "size",
] as const satisfies readonly (keyof PoolPolicy)[];

export type FixedField = (typeof fixedFields)[number];

export class PoolPolicies {
  readonly #book: LeaseBook;
  readonly #onChanged: (pool: string) => void;

  /** `onChanged` is told the pool after its policy has changed: more may be had of it, or less. */
  constructor(book: LeaseBook, onChanged: (pool: string) => void) {
    this.#book = book;
    this.#onChanged = onChanged;
  }

  /**
   * Gives the pool of that name another policy, at once:
   * - TTL bounds and `portCountMax` count for what is asked from now on, renewals that name a TTL included. What was promised
   *   stays promised: a lease with a longer TTL keeps it, and renews with it.
   * - A rest under way that was not cut becomes as long as the new quarantine, counted from the end of the lease; one that was
   *   cut, or began because the past is unknown, keeps its time. Before a port is granted the operating system is asked either
   *   way.
   * - A pin, and the end of one, counts for the next grant: who has the port keeps it. So it is with static ports and quotas.
   * - A pool above its new `sizeMax` loses the blocks that it grew by as they become idle.
   * - A retired pool grants nothing: who waits in its line is refused when it is tried next, or when its time is over.
   * Then who waits in line is looked at. With `kindIsAuto` the kind that the pool has stays. Throws pool_not_found, and a
   * RangeError for another value of what `fixedChanges` tells.
   */
  change(policy: PoolPolicy): void {
    const pool = this.#book.pools.get(policy.name);
    if (pool === undefined) throw poolNotFound(policy.name, [...this.#book.pools.keys()]);
    const fixed = fixedChanges(pool.policy, policy);
    if (fixed.length > 0) {
      throw new RangeError(`${fixed.join(", ")} of a running pool cannot change`);
    }
    pool.changePolicy({ ...policy, kind: pool.policy.kind });
    this.#onChanged(policy.name);
  }
}

/** What differs between two policies of a pool and cannot change while it runs. */
export function fixedChanges(before: PoolPolicy, after: PoolPolicy): readonly FixedField[] {
  const differing = fixedFields.filter((field) => before[field] !== after[field]);
  // Nobody asked for the kind: what is best on this host may be another one than at the start.
  const auto = before.kindIsAuto && after.kindIsAuto;
  return auto ? differing.filter((field) => field !== "kind") : differing;
}
