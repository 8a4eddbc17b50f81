// Blocks that are asked for while the broker is killed: one that was acknowledged is there afterwards, one that was not may be.

import assert from "node:assert/strict";
import {
  ListBlocksRequest,
  ReserveBlockRequest,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { BrokerLab } from "../../support/broker-lab.js";
import type { BrokerProcess } from "../../support/broker-process.js";
import { LeaseCaller, unary } from "../../support/lease-caller.js";
import { RpcFailure } from "../../support/rpc-failure.js";

/** Few, so that a long run does not use up the ports of all tests. */
const blocksMax = 12;
const portCount = 2;

export class MadeBlocks {
  readonly #lab: BrokerLab;
  readonly #acknowledged = new Set<string>();
  #asked = 0;

  constructor(lab: BrokerLab) {
    this.#lab = lab;
  }

  /** Resolves when the answer is there, or the broker is gone. After so many blocks it asks for those that are there. */
  async make(broker: BrokerProcess): Promise<void> {
    const firstPort = this.#asked < blocksMax ? await this.#lab.takePorts(portCount) : 1;
    this.#asked += 1;
    const caller = new LeaseCaller(broker.address);
    const reserveBlock = caller.adminClient.reserveBlock.bind(caller.adminClient);
    try {
      const request = ReserveBlockRequest.fromPartial({ firstPort, portCount });
      const { block } = await unary(reserveBlock, request);
      if (block !== undefined) this.#acknowledged.add(block.blockId);
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
    } finally {
      caller.close();
    }
  }

  async assertKept({ adminClient }: LeaseCaller): Promise<void> {
    const listBlocks = adminClient.listBlocks.bind(adminClient);
    const { blocks } = await unary(listBlocks, ListBlocksRequest.fromPartial({}));
    const listed = new Set(blocks.map(({ blockId }) => blockId));
    assert.equal(listed.size, blocks.length, "no block twice");
    for (const blockId of this.#acknowledged) assert.ok(listed.has(blockId), `${blockId} is lost`);
  }
}
