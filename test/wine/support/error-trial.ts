// One broker, one lease and one request at a time that meets a failing call of Windows: what the client is told, and whether the
// broker is as it was before.

import assert from "node:assert/strict";
import {
  RemoveBlockRequest,
  ReserveBlockRequest,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { TransferSocketRequest_AddressFamily as Family } from "@portlease/proto/portlease/v1/lease_service.js";
import type { Block } from "@portlease/proto/portlease/v1/pool.js";
import { eventually } from "../../support/eventually.js";
import { type Acquired, type LeaseCaller, unary } from "../../support/lease-caller.js";
import { RpcFailure } from "../../support/rpc-failure.js";
import type { EndToEndLab } from "./end-to-end-lab.js";
import type { ErrorRow, ThroughCall } from "./error-rows.js";
import type { PoolCaller } from "./pool-caller.js";

/** Ports of the pool; a refused trial takes one away for a second. */
const size = 4;

export class ErrorTrial {
  readonly #lab: EndToEndLab;
  readonly #caller: LeaseCaller;
  readonly #lease: Acquired;
  readonly #process: PoolCaller;
  /** What the machine has reserved when nobody asks for anything. */
  readonly #reservedAtRest: unknown;

  private constructor(
    lab: EndToEndLab,
    caller: LeaseCaller,
    lease: Acquired,
    process: PoolCaller,
    reservedAtRest: unknown,
  ) {
    this.#lab = lab;
    this.#caller = caller;
    this.#lease = lease;
    this.#process = process;
    this.#reservedAtRest = reservedAtRest;
  }

  static async start(lab: EndToEndLab, kind: ErrorRow["kind"]): Promise<ErrorTrial> {
    const pool = { name: "default", kind, start: await lab.take(size), size } as const;
    await lab.startBroker([pool]);
    const caller = lab.caller();
    const lease = await caller.acquire({ ttl: { seconds: 3_600n } });
    const process = await lab.stranger();
    const { reservations } = await lab.pool.state();
    return new ErrorTrial(lab, caller, lease, process, reservations);
  }

  /** Resolves with how the request fails while the call does; `null` when it succeeds. */
  async meet({ api, errorNumber, through }: ErrorRow): Promise<RpcFailure | null> {
    const block = through === "RemoveBlock" ? await this.#reserve() : null;
    // For whoever makes that call meanwhile: the broker's audit looks at ports by itself, gives a drained and empty block back before
    // it is asked to, and tries another port where one could not be tried.
    await this.#lab.pool.fail({ api, error: errorNumber });
    try {
      const undo = await this.#ask(through, block);
      await undo();
      return null;
    } catch (error) {
      if (error instanceof RpcFailure) return error;
      throw error;
    } finally {
      await this.#lab.pool.clearFaults();
    }
  }

  /** Resolves when a block is removed whose reservation somebody else has deleted: Delete answers 1168 to that. */
  async removeDeleted(): Promise<void> {
    const block = await this.#reserve();
    await this.#lab.pool.unreserve("tcp", block.firstPort, block.portCount);
    await this.#remove(block);
  }

  /** Serves every request, and has nothing reserved that it had not before. */
  async assertAsBefore(): Promise<void> {
    await eventually("nothing more is reserved than before", async () => {
      const { reservations } = await this.#lab.pool.state();
      return JSON.stringify(reservations) === JSON.stringify(this.#reservedAtRest);
    });
    // The broker drops the record of a block on disk after the reservation is gone, and tries by itself what failed for the client.
    await eventually("only the block of the lease is listed", async () => {
      const blocks = await this.#blocks();
      return blocks.length === 1;
    });
    await this.#caller.renew(this.#lease);
    const stranger = await this.#process.listen(this.#lease.port);
    assert.equal(stranger, "EACCES");
  }

  /** Each request, without a failing call. */
  async assertServesAll(): Promise<void> {
    await (
      await this.#ask("TransferSocket")
    )();
    await (
      await this.#ask("RemoveBlock", await this.#reserve())
    )();
    await eventually("every port is leased again", async () => {
      const undo = await this.#ask("AcquireLease").catch(() => null);
      await undo?.();
      return undo !== null;
    });
  }

  /** Resolves with how to undo what was asked. */
  async #ask(through: ThroughCall, block: Block | null = null): Promise<() => Promise<unknown>> {
    const caller = this.#caller;
    switch (through) {
      case "ReserveBlock": {
        const reserved = await this.#reserve();
        return () => this.#remove(reserved);
      }
      case "RemoveBlock":
        if (block !== null) await this.#remove(block);
        return () => Promise.resolve();
      case "AcquireLease": {
        const lease = await caller.acquire();
        return () => caller.release(lease);
      }
      case "TransferSocket": {
        const { leaseId, holderKey } = this.#lease;
        const { processId } = this.#process;
        const addressFamily = Family.ADDRESS_FAMILY_IPV4;
        const target = { leaseId, holderKey, processId, addressFamily };
        const { transferId } = await caller.transfer(target);
        return () => caller.confirm({ transferId, holderKey });
      }
    }
  }

  async #reserve(): Promise<Block> {
    const { adminClient } = this.#caller;
    const portCount = 2;
    const firstPort = await this.#lab.take(portCount);
    const request = ReserveBlockRequest.fromPartial({ pool: "default", firstPort, portCount });
    const { block } = await unary(adminClient.reserveBlock.bind(adminClient), request);
    if (block === undefined) throw new Error("an answer without a block");
    return block;
  }

  async #blocks(): Promise<readonly Block[]> {
    const { adminClient } = this.#caller;
    const request = { pageSize: 0, pageToken: "", pool: "" };
    return (await unary(adminClient.listBlocks.bind(adminClient), request)).blocks;
  }

  async #remove({ blockId }: Block): Promise<void> {
    const { adminClient } = this.#caller;
    const request = RemoveBlockRequest.fromPartial({ blockId });
    await unary(adminClient.removeBlock.bind(adminClient), request);
  }
}
