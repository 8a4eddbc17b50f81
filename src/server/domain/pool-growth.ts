// When a pool is to have one more block, and when a block that it grew by may go. Decides only; blocks/pool-grower.ts has it done.
//
// A pool grows, one block at a time and up to `sizeMax`, when less than a tenth of its ports is free or resting, or when a request
// found too few. It shrinks by a block that came by growth when nothing was leased from it for `shrinkAfterMs`, nothing in it
// rests, nobody waits, and twice as much as that tenth would still be there: so it does not grow again at once.
// After a failure it waits, longer each time: what the operating system refused it will mostly refuse a moment later.

import type { LeaseBook } from "./lease-book.js";
import type { PortBlock } from "./port-block.js";
import type { Pool } from "./pool.js";

export type GrowthStep =
  | { readonly type: "grow"; readonly pool: string; readonly portCount: number }
  | { readonly type: "shrink"; readonly pool: string; readonly block: PortBlock };

/** A pool with a smaller share of free and resting ports is nearly full. */
const nearlyFullShare = 0.1;
/** What must be left without the block that goes. */
const roomyShare = 2 * nearlyFullShare;
const retryFirstMs = 1_000;
const retryMaxMs = 300_000;

interface Growing {
  readonly pool: Pool;
  /** A request found too few ports since the last step began. */
  short: boolean;
  /** A step is under way. */
  busy: boolean;
  notBeforeMs: number;
  retryDelayMs: number;
}

export class PoolGrowth {
  readonly #book: LeaseBook;
  readonly #waitersOf: (pool: string) => number;
  /** Forgotten with the pool. */
  readonly #growing = new WeakMap<Pool, Growing>();
  /** When a block was seen in use last, or first seen at all. Monotonic. */
  readonly #usedMs = new WeakMap<PortBlock, number>();

  /** `waitersOf` a pool: requests in its line. */
  constructor(book: LeaseBook, waitersOf: (pool: string) => number) {
    this.#book = book;
    this.#waitersOf = waitersOf;
  }

  /** A request found too few ports. No-op for a pool that does not grow. */
  foundTooFew(pool: string): void {
    const growing = this.#growingOf(pool);
    if (growing !== null) growing.short = true;
  }

  /** Ports of the block were leased. */
  used(block: PortBlock): void {
    if (block.record.origin === "growth") this.#usedMs.set(block, this.#book.clock.monotonicMs());
  }

  /** What is to be done now, one step of each pool at a time; `done` or `failed` must follow. `null`: nothing. */
  nextStep(): GrowthStep | null {
    if (this.#book.journal.failed) return null;
    const nowMs = this.#book.clock.monotonicMs();
    for (const name of this.#book.pools.keys()) {
      const growing = this.#growingOf(name);
      if (growing === null) continue;
      // How far it may grow can change while it runs; one that may not any more still shrinks.
      if (growing.pool.policy.retired) continue;
      this.#noteUse(growing.pool, nowMs);
      if (growing.busy || nowMs < growing.notBeforeMs) continue;
      const step = this.#growStep(growing) ?? this.#shrinkStep(growing, nowMs);
      if (step === null) continue;
      growing.busy = true;
      // Who finds too few while the new block comes, or in it, wants yet another one.
      if (step.type === "grow") growing.short = false;
      return step;
    }
    return null;
  }

  done({ pool }: GrowthStep): void {
    const growing = this.#growingOf(pool);
    if (growing === null) return;
    growing.busy = false;
    growing.retryDelayMs = 0;
  }

  /** It comes again later, if it is still to be done then. */
  failed(step: GrowthStep, error: unknown): void {
    const growing = this.#growingOf(step.pool);
    if (growing === null) return;
    growing.busy = false;
    const retryInMs = Math.min(Math.max(retryFirstMs, growing.retryDelayMs * 2), retryMaxMs);
    growing.retryDelayMs = retryInMs;
    growing.notBeforeMs = this.#book.clock.monotonicMs() + retryInMs;
    const reason = error instanceof Error ? error.message : String(error);
    const { events } = this.#book;
    if (step.type === "grow") {
      growing.short = true;
      const { pool, portCount } = step;
      events.publish({ type: "pool_not_grown", pool, portCount, reason, retryInMs });
    } else {
      const { blockId } = step.block.record;
      events.publish({ type: "block_not_removed", blockId, reason, retryInMs });
    }
  }

  /** `null`: the pool is gone. */
  #growingOf(name: string): Growing | null {
    const pool = this.#book.pools.get(name);
    if (pool === undefined) return null;
    const known = this.#growing.get(pool);
    if (known !== undefined) return known;
    const growing = { pool, short: false, busy: false, notBeforeMs: 0, retryDelayMs: 0 };
    this.#growing.set(pool, growing);
    return growing;
  }

  #growStep(growing: Growing): GrowthStep | null {
    const { policy, blocks } = growing.pool;
    // What the configuration asks for counts, also while it is not there: it may come back.
    const configured = blocks.some(({ record }) => record.origin === "configured");
    const reserved = portsOf(blocks).total + (configured ? 0 : policy.size);
    const portCount = Math.min(policy.growBy, policy.sizeMax - reserved);
    if (portCount < 1) {
      growing.short = false;
      return null;
    }
    const { total, available } = portsOf(blocks.filter(isOpen));
    if (!growing.short && available >= total * nearlyFullShare) return null;
    return { type: "grow", pool: policy.name, portCount };
  }

  #shrinkStep({ pool }: Growing, nowMs: number): GrowthStep | null {
    const { name, shrinkAfterMs } = pool.policy;
    if (this.#waitersOf(name) > 0) return null;
    for (const block of pool.blocks) {
      if (!isIdleGrowth(block)) continue;
      if (nowMs - (this.#usedMs.get(block) ?? nowMs) < shrinkAfterMs) continue;
      const others = pool.blocks.filter((other) => other !== block && isOpen(other));
      const { total, available } = portsOf(others);
      if (available < Math.max(1, total * roomyShare)) continue;
      return { type: "shrink", pool: name, block };
    }
    return null;
  }

  #noteUse({ blocks }: Pool, nowMs: number): void {
    for (const block of blocks) {
      if (block.record.origin !== "growth") continue;
      if (block.leasedCount > 0 || !this.#usedMs.has(block)) this.#usedMs.set(block, nowMs);
    }
  }
}

/** Whether a block came by growth, and nobody would miss it now. */
export function isIdleGrowth(block: PortBlock): boolean {
  const { origin } = block.record;
  // Given back, a resting port would be anybody's at once, and the pool's own again if it grew.
  return (
    origin === "growth" &&
    isOpen(block) &&
    block.leasedCount === 0 &&
    block.usage().quarantined === 0
  );
}

function isOpen({ record }: PortBlock): boolean {
  return !record.draining && record.stage === "created";
}

/** `available`: free, or free soon. */
function portsOf(blocks: readonly PortBlock[]): { total: number; available: number } {
  const sum = { total: 0, available: 0 };
  for (const block of blocks) {
    const { total, free, quarantined } = block.usage();
    sum.total += total;
    sum.available += free + quarantined;
  }
  return sum;
}
