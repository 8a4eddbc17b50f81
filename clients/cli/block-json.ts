// A block as --json prints it; see proto-json.ts for the rules.

import { BindMethod, Protocol, ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import { type Block, Block_State } from "@portlease/proto/portlease/v1/pool.js";
import { enumName } from "./proto-json.js";

export function blockJson(block: Block): Record<string, unknown> {
  return {
    blockId: block.blockId,
    pool: block.pool,
    protocol: enumName(Protocol, block.protocol),
    kind: enumName(ReservationKind, block.kind),
    firstPort: block.firstPort,
    portCount: block.portCount,
    state: enumName(Block_State, block.state),
    bindMethod: enumName(BindMethod, block.bindMethod),
    usage: block.usage ?? null,
    uncoveredPorts: block.uncoveredPorts,
    createTime: block.createTime?.toISOString() ?? null,
    detail: block.detail,
  };
}
