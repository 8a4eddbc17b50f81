// How memory follows the disk: at start, and after a commit whose outcome is unknown (semantics.md 1). Until the store works
// again nothing is granted or ended; leases that are known to be on disk can still be renewed.

import { activeLease } from "./active-lease.js";
import type { Checkpoints } from "./checkpoints.js";
import type { CoverWatch } from "./cover-watch.js";
import type { LeaseBook } from "./lease-book.js";
import type { ActiveLease } from "./lease-table.js";
import type { PortBlock } from "./port-block.js";
import type { PoolPolicies } from "./pool-policies.js";
import type { LeaseRecord, StoredState } from "./records.js";
import { noWarnings } from "./lease-warning.js";
import { spreadExpiries } from "./spread-expiries.js";

/** Pause between attempts to get the store back. */
const retryEveryMs = 500;

export class Recovery {
  readonly #book: LeaseBook;
  readonly #cover: CoverWatch;
  readonly #checkpoints: Checkpoints;
  readonly #policies: PoolPolicies;
  #retryAtMs: number | null = null;
  #toldReason: string | null = null;
  #reason: string | null = null;

  constructor(
    book: LeaseBook,
    cover: CoverWatch,
    checkpoints: Checkpoints,
    policies: PoolPolicies,
  ) {
    this.#book = book;
    this.#policies = policies;
    this.#cover = cover;
    this.#checkpoints = checkpoints;
  }

  /** When `advance` has something to do; `null` when never. */
  get nextDeadlineMs(): number | null {
    return this.#retryAtMs;
  }

  /** What the store said when it last failed; `null` while it works. */
  get reason(): string | null {
    return this.#reason;
  }

  /** Takes over what is on disk at start; a lease has its full TTL again, or what a checkpoint says (semantics.md 3). */
  adopt(state: StoredState): void {
    const nowMs = this.#book.clock.monotonicMs();
    const blocks = this.#blocksById();
    const returning = state.leases.map((record) => ({
      record,
      ttlMs: record.ttlMs,
      remainingMs: record.remainingMs ?? record.ttlMs,
    }));
    const gracesMs = spreadExpiries(returning);
    for (const [index, { record, remainingMs }] of returning.entries()) {
      const block = blocks.get(record.blockId);
      if (block === undefined) throw new TypeError(`lease ${record.leaseId} has no block`);
      const graceMs = gracesMs[index] ?? 0;
      const lease = this.#activeLease(record, block, nowMs + remainingMs + graceMs, graceMs);
      this.#book.leases.add(lease);
      this.#checkpoints.watchReturned(lease, nowMs);
    }
    for (const pool of this.#book.pools.values()) pool.countLeases(state.leases);
    this.#cover.watchAll();
    for (const ended of state.ended) this.#book.ended.remember(ended, nowMs);
  }

  storeFailed(error: unknown): void {
    this.#retryAtMs = this.#book.clock.monotonicMs();
    this.#tell(error);
  }

  /** Says each reason once, not at every attempt. */
  #tell(error: unknown): void {
    const reason = reasonOf(error);
    this.#reason = reason;
    if (reason === this.#toldReason) return;
    this.#toldReason = reason;
    this.#book.events.publish({ type: "store_failed", reason });
  }

  /** Tries to get a failed store back when it is time to. */
  advance(nowMs: number): void {
    if (this.#retryAtMs === null || nowMs < this.#retryAtMs) return;
    this.#retryAtMs = null;
    void this.#tryAgain();
  }

  async #tryAgain(): Promise<void> {
    const { store, journal, events, clock } = this.#book;
    try {
      await store.probe();
    } catch (error) {
      // Still broken: the failure was told when it began. Trying says more plainly what the disk's trouble is.
      this.#reason = reasonOf(error);
      this.#retryAtMs = clock.monotonicMs() + retryEveryMs;
      return;
    }
    try {
      const state = await store.load();
      this.#readopt(state);
      journal.resume(state.revision);
      for (const pool of this.#book.pools.keys()) this.#book.freed(pool);
      this.#toldReason = null;
      this.#reason = null;
      events.publish({ type: "store_recovered", revision: state.revision });
    } catch (error) {
      this.#tell(error);
      this.#retryAtMs = clock.monotonicMs() + retryEveryMs;
    }
  }

  /** Memory follows the disk; leases that both know keep their deadlines. */
  #readopt(state: StoredState): void {
    const { leases, ended, clock } = this.#book;
    const nowMs = clock.monotonicMs();
    const blocks = this.#blocksById();
    const before = new Map([...leases.all()].map((lease) => [lease.record.leaseId, lease]));
    for (const lease of before.values()) leases.remove(lease);
    for (const block of blocks.values()) this.#restAllLeased(block);
    for (const record of state.blocks) {
      const block = blocks.get(record.blockId);
      // A drain, or its undoing, that failed may be on disk all the same.
      if (block !== undefined) block.record = record;
    }
    for (const record of state.leases) {
      const block = blocks.get(record.blockId);
      if (block === undefined) continue;
      block.claim(record.ports);
      const known = before.get(record.leaseId);
      const deadlineMs = known?.deadlineMs ?? nowMs + record.ttlMs;
      const graceMs = known?.unrenewedGraceMs ?? null;
      const lease = this.#activeLease(record, block, deadlineMs, graceMs);
      leases.add(lease);
      // Looked at soon: what was being written when the store failed may be missing.
      leases.setCheckpoint(lease, nowMs);
    }
    for (const pool of this.#book.pools.values()) pool.countLeases(state.leases);
    this.#policies.readopt(state.adjustments);
    this.#cover.watchAll();
    for (const record of state.ended) ended.remember(record, nowMs);
  }

  /** What was leased or about to be, and is not on disk, rests like after any lease: its end may be what is on disk. */
  #restAllLeased(block: PortBlock): void {
    const { ports, pool } = block.record;
    const quarantineMs = this.#book.pools.get(pool)?.policy.quarantineMs ?? 0;
    for (let port = ports.firstPort; port <= ports.lastPort; port += 1) {
      if (block.stateOf(port) !== "leased") continue;
      block.rest({ firstPort: port, lastPort: port }, quarantineMs);
    }
  }

  #blocksById(): ReadonlyMap<string, PortBlock> {
    return new Map(this.#book.blocks().map((block) => [block.record.blockId, block]));
  }

  #activeLease(
    record: LeaseRecord,
    block: PortBlock,
    deadlineMs: number,
    unrenewedGraceMs: number | null,
  ): ActiveLease {
    const holderKey = this.#book.keys.keyFor(record.leaseId);
    const renewedWallMs = record.createdWallMs;
    const unknown = { told: null, warnings: noWarnings };
    return activeLease({
      record,
      block,
      holderKey,
      deadlineMs,
      unrenewedGraceMs,
      renewedWallMs,
      ...unknown,
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
