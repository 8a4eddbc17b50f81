// What an operator does with the blocks of a running broker: add one, drain, remove, and decide on ambiguous ones. One change
// at a time, because each looks at all blocks first. Who may do it, and how it is asked, is not decided here.

import type { BlockKeeping } from "../domain/block-keeping.js";
import type { Drift } from "../domain/block-drift.js";
import type { Broker } from "../domain/broker.js";
import type { IdleBlock } from "../domain/idle-blocks.js";
import type { Pool, PoolPolicy } from "../domain/pool.js";
import { isIdleGrowth } from "../domain/pool-growth.js";
import { PortBlock } from "../domain/port-block.js";
import { highestPort, type PortRange, portRange } from "../domain/port-range.js";
import type { BlockRecord, Protocol } from "../domain/records.js";
import {
  blockAmbiguous,
  blockHasLeases,
  blockLeaving,
  blockNotAmbiguous,
  blockOverlaps,
  fieldInvalid,
  poolNotFound,
} from "../domain/refusals.js";
import { BrokerError } from "../domain/errors.js";
import { sharedPorts } from "../domain/shared-ports.js";
import type { AutoKind } from "./auto-kind.js";
import type { BlockMaker, WantedBlock } from "./block-maker.js";
import type { LastingReservations } from "./lasting-reservations.js";

export interface BlockManagerParts {
  readonly broker: Broker;
  readonly maker: BlockMaker;
  readonly lasting: LastingReservations;
  readonly autoKind: AutoKind;
}

export interface ReserveAsked {
  /** Empty: "default". */
  readonly pool: string;
  /** 0: anywhere. */
  readonly firstPort: number;
  readonly portCount: number;
}

export class BlockManager {
  readonly #parts: BlockManagerParts;
  readonly #blocks: BlockKeeping;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(parts: BlockManagerParts) {
    this.#parts = parts;
    this.#blocks = parts.broker.blocks;
  }

  /** All blocks, by first port. */
  list(): readonly (PortBlock | IdleBlock)[] {
    return [...this.#blocks.served, ...this.#blocks.idle].toSorted(
      (a, b) => a.record.ports.firstPort - b.record.ports.firstPort,
    );
  }

  /** What the operating system does not hold of a block any more; `null` when nothing is known to be lost. */
  driftOf(block: PortBlock | IdleBlock): Drift | null {
    return block instanceof PortBlock ? this.#parts.broker.driftOf(block) : null;
  }

  /** Checks what `reserve` would do. Throws BrokerError. Whether the operating system agrees only a reservation tells. */
  plan(asked: ReserveAsked): WantedBlock {
    const { policy } = this.#poolNamed(asked.pool === "" ? "default" : asked.pool);
    const { firstPort, portCount } = asked;
    if (portCount < 1 || portCount > highestPort) {
      throw fieldInvalid("port_count", `is ${portCount}; ask for 1 to ${highestPort} ports`);
    }
    if (firstPort > 0) {
      const ports = portRange(firstPort, portCount);
      if (ports === null) {
        throw fieldInvalid(
          "first_port",
          `is ${firstPort}: the last port would be above ${highestPort}`,
        );
      }
      this.#refuseOverlap(ports, policy.protocol);
    }
    const { name, protocol, kindIsAuto, isolation, pick } = policy;
    return {
      pool: name,
      protocol,
      kindIsAuto,
      isolation,
      pick,
      portCount,
      kind: kindIsAuto ? this.#parts.autoKind.kind : policy.kind,
      firstPort: firstPort === 0 ? null : firstPort,
      origin: "operator",
      knownIds: new Set(this.list().map(({ record }) => record.blockId)),
    };
  }

  /** Reserves another block for a pool. Rejects with BrokerError, or with the failure of the operating system or the store. */
  reserve(asked: ReserveAsked): Promise<PortBlock> {
    return this.#alone(() => this.#make(this.plan(asked)));
  }

  /** The same for a pool that grows by itself: anywhere, whatever the start of its first block is. */
  grow(pool: string, portCount: number): Promise<PortBlock> {
    return this.#alone(() =>
      this.#make({ ...this.plan({ pool, firstPort: 0, portCount }), origin: "growth" }),
    );
  }

  /**
   * Reserves the block that the configuration asks for of a pool. `beforeServing` gets it, to see to it that there is a pool to
   * serve it. Rejects as `reserve`; then nothing was reserved, and the pool is as it was.
   */
  reserveConfigured(
    policy: PoolPolicy,
    beforeServing: (block: PortBlock) => void,
  ): Promise<PortBlock> {
    return this.#alone(() => {
      const { name, protocol, kind, kindIsAuto, isolation, pick, size, startPort } = policy;
      const ports = startPort === null ? null : portRange(startPort, size);
      if (ports !== null) this.#refuseOverlap(ports, protocol);
      const kinds = { kind: kindIsAuto ? this.#parts.autoKind.kind : kind, kindIsAuto };
      const knownIds = new Set(this.list().map(({ record }) => record.blockId));
      const where = { firstPort: startPort, portCount: size, pick, protocol, isolation };
      const wanted = { pool: name, ...kinds, ...where, knownIds, origin: "configured" as const };
      return this.#make(wanted, beforeServing);
    });
  }

  /** Gives a block back that a pool grew by. No-op when it is in use again. */
  shrink(block: PortBlock): Promise<void> {
    return this.#alone(async () => {
      if (!this.#blocks.served.includes(block) || !isIdleGrowth(block)) return;
      // The core gives it back as soon as that is on disk.
      await this.#blocks.setDraining(block, true);
    });
  }

  /** `undo` ends the drain. A drained block goes by itself when its last lease has ended. */
  drain(blockId: string, undo: boolean): Promise<PortBlock | IdleBlock> {
    return this.#alone(async () => {
      const block = this.#blocks.find(blockId);
      if (block instanceof PortBlock) {
        await this.#blocks.setDraining(block, !undo);
        return block;
      }
      if (block.state === "ambiguous") throw blockAmbiguous(block.record);
      if (undo) throw blockLeaving(block.record);
      return block;
    });
  }

  /**
   * Gives a block back to the operating system; resolves with how many leases were revoked for it. Also for an ambiguous one:
   * its reservation is deleted, whoever made it. What fails is tried again by the core.
   */
  remove(blockId: string, force: boolean): Promise<number> {
    return this.#alone(async () => {
      const block = this.#blocks.find(blockId);
      if (block instanceof PortBlock) return this.#removeServed(block, force);
      const { record, state } = block;
      // The reservation would be that of the block that is in use.
      if (state === "ambiguous") this.#refuseOverlap(record.ports, record.protocol);
      const { lasting } = this.#parts;
      const giveBack = async (): Promise<void> => void (await lasting.remove(record));
      await this.#blocks.removeIdle({ record, giveBack });
      return 0;
    });
  }

  /** Takes an ambiguous block as the broker's own and leases from it. */
  adopt(blockId: string): Promise<PortBlock> {
    return this.#alone(async () => {
      const { record } = this.#ambiguous(blockId);
      const pool = this.#poolNamed(record.pool);
      this.#refuseOverlap(record.ports, record.protocol);
      const has = pool.blocks.some(
        ({ record: other }) => other.origin === "configured" && !other.draining,
      );
      // Where the pool has its configured block already this is one more, which the next start must not drain.
      const origin = record.origin === "configured" && has ? "operator" : record.origin;
      const created = { ...record, stage: "created" as const, origin };
      const block = await this.#parts.maker.restore(created, new Set());
      try {
        await this.#blocks.record(created);
      } catch (error) {
        // Still ambiguous on disk, or perhaps not: it stays with the operating system either way.
        await block.reservation.release();
        throw error;
      }
      this.#blocks.serve(block);
      return block;
    });
  }

  /** Drops the record of an ambiguous block and leaves the operating system's reservation alone. */
  forget(blockId: string): Promise<void> {
    return this.#alone(async () => {
      const { record } = this.#ambiguous(blockId);
      await this.#blocks.forgetAmbiguous(record.blockId);
    });
  }

  async #make(
    wanted: WantedBlock,
    beforeServing: (block: PortBlock) => void = () => undefined,
  ): Promise<PortBlock> {
    const { maker } = this.#parts;
    const leftBehind = (record: BlockRecord): void => this.#blocks.addAmbiguous(record);
    const block = maker.portBlock(await maker.make(wanted, this.#blocks, leftBehind), new Set());
    beforeServing(block);
    this.#blocks.serve(block);
    return block;
  }

  async #removeServed(block: PortBlock, force: boolean): Promise<number> {
    if (block.leasedCount > 0 && !force) throw blockHasLeases(block.record, block.leasedCount);
    await this.#blocks.setDraining(block, true);
    const revoked = force ? await this.#blocks.revokeLeases(block) : 0;
    // A grant that was under way when the drain began; it goes when that lease ends.
    if (block.leasedCount > 0) throw blockHasLeases(block.record, block.leasedCount);
    await this.#blocks.remove(block);
    return revoked;
  }

  #ambiguous(blockId: string): IdleBlock {
    const block = this.#blocks.find(blockId);
    if (block instanceof PortBlock || block.state !== "ambiguous") {
      throw blockNotAmbiguous(block.record);
    }
    return block;
  }

  #poolNamed(name: string): Pool {
    const pools = this.#parts.broker.pools.filter(({ policy }) => !policy.retired);
    const pool = pools.find(({ policy }) => policy.name === name);
    if (pool !== undefined) return pool;
    throw poolNotFound(
      name,
      pools.map(({ policy }) => policy.name),
    );
  }

  #refuseOverlap(ports: PortRange, protocol: Protocol): void {
    const other = this.#blocks.served.find(
      ({ record }) => sharedPorts(record, { ports, protocol }) !== null,
    );
    if (other !== undefined) throw blockOverlaps(ports, other.record);
  }

  /** A failure of one change is that change's own. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#busy.then(work);
    this.#busy = result.catch(() => undefined);
    return result;
  }
}

/** True for a refusal because there is no such block. */
export function isMissingBlock(error: unknown): boolean {
  return error instanceof BrokerError && error.code === "block_not_found";
}
