// The policies of the pools of a running broker: what the configuration says, what operators changed over it, and how either
// changes. What a policy means is the pool's business.

import { adjustedPolicy, type Misfit } from "./adjusted-policy.js";
import type { LeaseBook } from "./lease-book.js";
import { emptyAdjustment, isEmptyAdjustment, isSameAdjustment } from "./pool-adjustment.js";
import { Pool } from "./pool.js";
import type { PoolPolicy } from "./pool-policy.js";
import type { PoolAdjustment } from "./records.js";
import { poolNotFound, storeUnavailable } from "./refusals.js";

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

/** Makes another adjustment of one. May throw why it cannot be. */
export type AdjustmentEdit = (before: PoolAdjustment) => PoolAdjustment;

export class PoolPolicies {
  readonly #book: LeaseBook;
  readonly #adjustments = new Map<string, PoolAdjustment>();
  readonly #onChanged: (pool: string) => void;
  /** Ends when the changes asked for before have ended: each builds on what is there then. */
  #busy: Promise<unknown> = Promise.resolve();

  /**
   * The pools have these adjustments already. `onChanged` is told the pool after its policy has changed: more may be had of it,
   * or less.
   */
  constructor(
    book: LeaseBook,
    adjustments: readonly PoolAdjustment[],
    onChanged: (pool: string) => void,
  ) {
    this.#book = book;
    this.#onChanged = onChanged;
    for (const adjustment of adjustments) this.#adjustments.set(adjustment.pool, adjustment);
  }

  /** Of all pools that operators changed, also of those that are gone. */
  get adjustments(): readonly PoolAdjustment[] {
    return [...this.#adjustments.values()];
  }

  /** What operators changed of a pool; one that says nothing where they did not. */
  adjustmentOf(pool: string): PoolAdjustment {
    return this.#adjustments.get(pool) ?? emptyAdjustment(pool);
  }

  /** Whether operators changed anything of a pool, its pins and quotas too. */
  isAdjusted(pool: string): boolean {
    return this.#adjustments.has(pool);
  }

  /** What operators set of a pool and does not count now. */
  misfitsOf(pool: string): readonly Misfit[] {
    const configured = this.#book.pools.get(pool)?.configured;
    if (configured === undefined) return [];
    return adjustedPolicy(configured, this.#adjustments.get(pool)).misfits;
  }

  /**
   * The configuration of the pool of that name is this from now on; what operators changed lies over it. At once:
   * - TTL bounds and `portCountMax` count for what is asked from now on, renewals that name a TTL included. What was promised
   *   stays promised: a lease with a longer TTL keeps it, and renews with it.
   * - A rest under way that was not cut becomes as long as the new quarantine, counted from the end of the lease; one that was
   *   cut, or began because the past is unknown, keeps its time. Before a port is granted the operating system is asked either
   *   way.
   * - A pin, and the end of one, counts for the next grant: who has the port keeps it. So it is with static ports and quotas.
   * - A pool above its new `sizeMax` loses the blocks that it grew by as they become idle.
   * - A retired pool grants nothing, and who waits in its line is refused.
   * Then who waits in line is looked at. With `kindIsAuto` the kind that the pool has stays. Returns what operators set and does
   * not fit the new configuration. Throws pool_not_found, and a RangeError for another value of what `fixedChanges` tells.
   */
  change(configured: PoolPolicy): readonly Misfit[] {
    const { name } = configured;
    const pool = this.#book.pools.get(name);
    if (pool === undefined) throw poolNotFound(name, [...this.#book.pools.keys()]);
    const fixed = fixedChanges(pool.configured, configured);
    if (fixed.length > 0) {
      throw new RangeError(`${fixed.join(", ")} of a running pool cannot change`);
    }
    this.#apply({ ...configured, kind: pool.policy.kind });
    return this.misfitsOf(name);
  }

  /**
   * A pool that the configuration has from now on, or again. Its blocks are served next: until then it is full. What operators
   * changed of a pool of that name lies over it. For a retired pool that is still there any value may be another one, since the
   * blocks that it has are on their way out. Throws a RangeError for a pool that serves.
   */
  open(configured: PoolPolicy): void {
    const { name } = configured;
    const retired = this.#book.pools.get(name);
    if (retired?.policy.retired === false) throw new RangeError(`pool ${name} serves already`);
    if (retired === undefined) this.#book.addPool(new Pool(configured, []));
    this.#apply(configured);
  }

  /**
   * The configuration has the pool no more: it grants nothing, leases go on and are renewed until they end. It is gone when its
   * last block is and nobody waits. No-op for a pool that is not there.
   */
  retire(name: string): void {
    const pool = this.#book.pools.get(name);
    if (pool !== undefined) this.#apply({ ...pool.configured, retired: true });
  }

  /** Forgets retired pools of which nothing is left. `waiterCountOf` a pool: requests in its line. */
  forgetRetired(waiterCountOf: (pool: string) => number): void {
    for (const [name, { policy, blocks }] of this.#book.pools) {
      if (policy.retired && blocks.length === 0 && waiterCountOf(name) === 0) {
        this.#book.removePool(name);
      }
    }
  }

  /** Changes what operators changed of a pool; resolves when that is on disk and counts. Rejects with what `edit` throws. */
  adjust(pool: string, edit: AdjustmentEdit): Promise<void> {
    const done = this.#busy.then(() => this.#adjust(pool, edit));
    this.#busy = done.catch(() => undefined);
    return done;
  }

  /** What the pool would be like. Throws what `edit` throws, and store_unavailable. */
  plan(configured: PoolPolicy, edit: AdjustmentEdit): PoolPolicy {
    if (this.#book.journal.failed) throw storeUnavailable();
    return adjustedPolicy(configured, edit(this.adjustmentOf(configured.name))).policy;
  }

  /** Memory follows the disk: these, and no others. */
  readopt(adjustments: readonly PoolAdjustment[]): void {
    this.#adjustments.clear();
    for (const adjustment of adjustments) this.#adjustments.set(adjustment.pool, adjustment);
    for (const { configured } of this.#book.pools.values()) this.#apply(configured);
  }

  async #adjust(pool: string, edit: AdjustmentEdit): Promise<void> {
    // What is in memory may not be what is on disk.
    if (this.#book.journal.failed) throw storeUnavailable();
    const before = this.adjustmentOf(pool);
    const adjustment = edit(before);
    if (isSameAdjustment(before, adjustment)) return;
    await this.#book.commit(
      () => ({ type: "pool_adjusted", adjustment }),
      ({ revision, wallMs }) => {
        if (isEmptyAdjustment(adjustment)) this.#adjustments.delete(pool);
        else this.#adjustments.set(pool, adjustment);
        const configured = this.#book.pools.get(pool)?.configured;
        if (configured !== undefined) this.#apply(configured);
        this.#book.events.publish({ type: "pool_adjusted", revision, wallMs, adjustment });
      },
    );
  }

  #apply(configured: PoolPolicy): void {
    const { name } = configured;
    const { policy } = adjustedPolicy(configured, this.#adjustments.get(name));
    this.#book.pools.get(name)?.changePolicy(policy, configured);
    this.#onChanged(name);
  }
}

/** What differs between two policies of a pool and cannot change while it runs. */
export function fixedChanges(before: PoolPolicy, after: PoolPolicy): readonly FixedField[] {
  const differing = fixedFields.filter((field) => before[field] !== after[field]);
  // Nobody asked for the kind: what is best on this host may be another one than at the start.
  const auto = before.kindIsAuto && after.kindIsAuto;
  return auto ? differing.filter((field) => field !== "kind") : differing;
}
