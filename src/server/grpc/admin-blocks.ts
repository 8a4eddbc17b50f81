// The handlers of AdminService for blocks: check, call the block manager, convert, answer.

import type { AdminServiceServer } from "@portlease/proto/portlease/v1/admin_service.js";
import { BindMethod } from "@portlease/proto/portlease/v1/common.js";
import { type Block as WireBlock, Block_State } from "@portlease/proto/portlease/v1/pool.js";
import { type BlockManager, isMissingBlock } from "../blocks/block-manager.js";
import { fieldInvalid } from "../domain/refusals.js";
import type { IdleBlock } from "../domain/idle-blocks.js";
import type { PortBlock } from "../domain/port-block.js";
import type { Log } from "../log.js";
import { wireKind, wireProtocol } from "./convert.js";
import { unary } from "./handler.js";
import { pageOf } from "./page.js";
import { toWireBlock } from "./wire-block.js";

type BlockHandlers = Pick<
  AdminServiceServer,
  "adoptBlock" | "drainBlock" | "forgetBlock" | "listBlocks" | "removeBlock" | "reserveBlock"
>;

/** Names of pools and protocols, and a port: far below this. */
const blockIdLengthMax = 128;

export function blockHandlers(blocks: BlockManager, log: Log): BlockHandlers {
  const show = (block: PortBlock | IdleBlock): WireBlock =>
    toWireBlock(block, blocks.driftOf(block));
  return {
    listBlocks: unary(log, "ListBlocks", (request) => {
      const key = ({ record }: ReturnType<typeof blocks.list>[number]): string =>
        `${String(record.ports.firstPort).padStart(5, "0")}/${record.blockId}`;
      const listed = blocks
        .list()
        .filter(({ record }) => request.pool === "" || record.pool === request.pool)
        .toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
      const page = pageOf(`blocks/${request.pool}`, listed, key, request);
      return { blocks: page.items.map(show), nextPageToken: page.nextPageToken };
    }),
    reserveBlock: unary(log, "ReserveBlock", async (request) => {
      if (request.validateOnly) return { block: toPlanned(blocks.plan(request)) };
      return { block: show(await blocks.reserve(request)) };
    }),
    drainBlock: unary(log, "DrainBlock", async ({ blockId, undo }) => ({
      block: show(await blocks.drain(checkBlockId(blockId), undo)),
    })),
    removeBlock: unary(log, "RemoveBlock", async ({ blockId, force, allowMissing }) => {
      try {
        return { revokedLeases: await blocks.remove(checkBlockId(blockId), force) };
      } catch (error) {
        if (allowMissing && isMissingBlock(error)) return { revokedLeases: 0 };
        throw error;
      }
    }),
    adoptBlock: unary(log, "AdoptBlock", async ({ blockId }) => ({
      block: show(await blocks.adopt(checkBlockId(blockId))),
    })),
    forgetBlock: unary(log, "ForgetBlock", async ({ blockId }) => {
      await blocks.forget(checkBlockId(blockId));
      return {};
    }),
  };
}

/** What validate_only answers: the block that would have been, without id, and without ports that nobody picked yet. */
function toPlanned(wanted: ReturnType<BlockManager["plan"]>): WireBlock {
  return {
    blockId: "",
    pool: wanted.pool,
    protocol: wireProtocol[wanted.protocol],
    kind: wireKind[wanted.kind],
    firstPort: wanted.firstPort ?? 0,
    portCount: wanted.portCount,
    state: Block_State.STATE_UNSPECIFIED,
    bindMethod: BindMethod.BIND_METHOD_UNSPECIFIED,
    usage: undefined,
    uncoveredPorts: "",
    createTime: undefined,
    detail: "",
  };
}

function checkBlockId(blockId: string): string {
  if (blockId === "") throw fieldInvalid("block_id", "is empty; name the block");
  if (blockId.length > blockIdLengthMax) {
    throw fieldInvalid(
      "block_id",
      `has ${blockId.length} characters, at most ${blockIdLengthMax} are allowed`,
    );
  }
  return blockId;
}
