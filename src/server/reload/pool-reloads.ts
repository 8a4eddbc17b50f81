// Pools that come, change and go while the broker runs. A pool that comes has its block before anybody can ask for it; one that goes
// grants nothing, and its blocks are drained, so that its leases go on until they end.

import type { AutoKind } from "../blocks/auto-kind.js";
import type { BlockMaker } from "../blocks/block-maker.js";
import { type BlockManager, isMissingBlock } from "../blocks/block-manager.js";
import { fits, toPolicy } from "../blocks/pool-policies.js";
import type { PoolConfig } from "../config/config.js";
import type { Broker } from "../domain/broker.js";
import { BrokerError } from "../domain/errors.js";
import type { Pool, PoolPolicy } from "../domain/pool.js";
import type { PortBlock } from "../domain/port-block.js";
import type { Log } from "../log.js";

export interface PoolReloadsParts {
  readonly broker: Pick<Broker, "pools" | "policies">;
  readonly blocks: Pick<BlockManager, "drain" | "reserveConfigured">;
  readonly maker: Pick<BlockMaker, "lends" | "setLends">;
  readonly autoKind: Pick<AutoKind, "kind">;
  readonly log: Log;
}

export class PoolReloads {
  readonly #parts: PoolReloadsParts;

  constructor(parts: PoolReloadsParts) {
    this.#parts = parts;
  }

  /**
   * A pool that is new, or configured again. Rejects with why it has no block, which is a BrokerError or a failure of the operating
   * system or the store; the pool is as it was then.
   */
  async open(config: PoolConfig): Promise<void> {
    const { broker, blocks, maker, autoKind } = this.#parts;
    const { name } = config;
    const policy = toPolicy(config, autoKind.kind);
    const former = this.#poolNamed(name);
    const lends = config.bind === "plain";
    if (former !== undefined && former.blocks.length > 0 && lends !== maker.lends(name)) {
      throw bindChanged(name);
    }
    maker.setLends(name, lends);
    const open = ({ record }: PortBlock): void =>
      broker.policies.open({ ...policy, kind: record.kind });
    const own = former?.blocks.find((block) => fits(policy, block.record, block.leasedCount > 0));
    if (own !== undefined && (await this.#undrain(own))) open(own);
    else await blocks.reserveConfigured(policy, open);
  }

  /** Tells of what operators set and does not fit any more. */
  change(config: PoolConfig): void {
    const { broker, autoKind, log } = this.#parts;
    const { name } = config;
    for (const { message } of broker.policies.change(this.#policyOf(config, autoKind.kind))) {
      log.warn("what operators changed of the pool does not fit its configuration any more", {
        pool: name,
        reason: message,
      });
    }
  }

  /** Grants end at once. Rejects when a drain cannot be written down; call it again then. */
  async retire(name: string): Promise<void> {
    const { broker, blocks } = this.#parts;
    broker.policies.retire(name);
    for (const { record } of this.#poolNamed(name)?.blocks ?? []) {
      await blocks.drain(record.blockId, false).catch(unlessGone);
    }
  }

  #poolNamed(name: string): Pool | undefined {
    return this.#parts.broker.pools.find(({ policy }) => policy.name === name);
  }

  /** A pool whose kind nobody asked for keeps the one that it has. */
  #policyOf(config: PoolConfig, autoKind: PoolPolicy["kind"]): PoolPolicy {
    const kind = this.#poolNamed(config.name)?.policy.kind ?? autoKind;
    return { ...toPolicy(config, autoKind), kind };
  }

  /** False when the block has just gone. */
  async #undrain({ record }: PortBlock): Promise<boolean> {
    try {
      await this.#parts.blocks.drain(record.blockId, true);
      return true;
    } catch (error) {
      if (isMissingBlock(error) || isLeaving(error)) return false;
      throw error;
    }
  }
}

function unlessGone(error: unknown): void {
  if (!isMissingBlock(error)) throw error;
}

function isLeaving(error: unknown): boolean {
  return error instanceof BrokerError && error.code === "block_leaving";
}

function bindChanged(name: string): Error {
  return new Error(
    `pool "${name}" still has leases whose ports are bound in the other way that pools.${name}.bind can have; it comes back by a ` +
      "reload after they have ended, or with the former value",
  );
}
