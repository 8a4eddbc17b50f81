// The blocks of a running broker: which there are, their records, how they drain and go. How a block is reserved with the
// operating system, and whether it may be, is decided outside of the core.

import type { BlockLedger } from "./boundaries.js";
import type { Ending } from "./ending.js";
import { IdleBlocks, type IdleBlock, type IdleStart, type LeavingBlock } from "./idle-blocks.js";
import type { LeaseBook } from "./lease-book.js";
import { LeftResting } from "./left-resting.js";
import type { PortBlock } from "./port-block.js";
import type { BlockRecord } from "./records.js";
import { blockLeaving, blockNotFound, poolNotFound } from "./refusals.js";

export class BlockKeeping implements BlockLedger {
  readonly #book: LeaseBook;
  readonly #ending: Ending;
  readonly #idle: IdleBlocks;
  readonly #leftResting = new LeftResting();

  constructor(book: LeaseBook, ending: Ending, start: IdleStart) {
    this.#book = book;
    this.#ending = ending;
    this.#idle = new IdleBlocks(this, book.clock, book.events, start);
  }

  /** Blocks that ports are or were leased from. */
  get served(): readonly PortBlock[] {
    return this.#book.blocks();
  }

  get idle(): readonly IdleBlock[] {
    return this.#idle.all();
  }

  get nextDeadlineMs(): number | null {
    return this.#book.journal.failed ? null : this.#idle.nextDeadlineMs;
  }

  /** Throws block_not_found. */
  find(blockId: string): PortBlock | IdleBlock {
    const byId = ({ record }: PortBlock | IdleBlock): boolean => record.blockId === blockId;
    const found = this.served.find(byId) ?? this.idle.find(byId);
    if (found === undefined) throw blockNotFound(blockId);
    return found;
  }

  async record(block: BlockRecord): Promise<void> {
    await this.#book.commit(
      () => ({ type: "block_changed", block }),
      ({ revision, wallMs }) =>
        this.#book.events.publish({ type: "block_changed", revision, wallMs, block }),
    );
  }

  async forget(blockId: string): Promise<void> {
    await this.#book.commit(() => ({ type: "block_removed", blockId }));
  }

  forgetOnceWritable(record: BlockRecord): void {
    const giveBack = (): Promise<void> => Promise.resolve();
    void this.removeIdle({ record, giveBack }).catch(() => undefined);
  }

  /** From now on ports are leased from the block. It is on disk already. Throws pool_not_found. */
  serve(block: PortBlock): void {
    const { pool: name } = block.record;
    const pool = this.#book.pools.get(name);
    if (pool === undefined) throw poolNotFound(name, [...this.#book.pools.keys()]);
    this.#idle.resolveAmbiguous(block.record.blockId);
    this.#leftResting.goOnIn(block, this.#book.clock.monotonicMs());
    pool.addBlock(block);
    this.#book.freed(name);
  }

  addAmbiguous(record: BlockRecord): void {
    this.#idle.addAmbiguous(record);
  }

  /** Drops the record of an ambiguous block; what is reserved stays as it is. */
  async forgetAmbiguous(blockId: string): Promise<void> {
    await this.forget(blockId);
    this.#idle.resolveAmbiguous(blockId);
  }

  /** Resolves when it is on disk. A drained block goes by itself when its last lease has ended. */
  async setDraining(block: PortBlock, draining: boolean): Promise<void> {
    const before = block.record;
    if (before.draining === draining) return;
    // At once when draining, so that nothing is granted from it meanwhile.
    if (draining) block.record = { ...before, draining };
    try {
      await this.record({ ...before, draining });
    } catch (error) {
      block.record = before;
      throw error;
    }
    // Its last lease may have ended meanwhile, and with it the block.
    if (!draining && !this.served.includes(block)) throw blockLeaving(before);
    block.record = { ...before, draining };
    if (draining) this.#askHolders(block);
    else this.#book.freed(before.pool);
  }

  #askHolders(block: PortBlock): void {
    const { blockId } = block.record;
    for (const lease of this.#book.leases.all()) {
      if (lease.block !== block || !this.#book.isLive(lease)) continue;
      const { leaseId } = lease.record;
      this.#book.events.publish({ type: "lease_drain_asked", leaseId, blockId });
    }
  }

  /** Ends all leases of the block; resolves with how many when that is on disk. */
  async revokeLeases(block: PortBlock): Promise<number> {
    const leases = [...this.#book.leases.all()].filter((lease) => lease.block === block);
    await Promise.all(leases.map((lease) => this.#ending.end(lease, "revoked")));
    return leases.length;
  }

  /** Gives a block without leases back; see IdleBlocks.leave. */
  remove(block: PortBlock): Promise<void> {
    const pool = this.#book.pools.get(block.record.pool);
    pool?.removeBlock(block);
    this.#leftResting.left(block, this.#book.clock.monotonicMs());
    return this.removeIdle({ record: block.record, giveBack: () => block.reservation.remove() });
  }

  /** The same for a block that is not served. */
  removeIdle(block: LeavingBlock): Promise<void> {
    this.#idle.resolveAmbiguous(block.record.blockId);
    return this.#idle.leave(block);
  }

  /** Gives back what is drained and empty, and tries again what could not be given back. */
  advance(nowMs: number): void {
    if (this.#book.journal.failed) return;
    for (const block of this.served) {
      if (!block.record.draining || block.leasedCount > 0) continue;
      void this.remove(block).catch(() => undefined);
    }
    this.#idle.advance(nowMs);
  }
}
