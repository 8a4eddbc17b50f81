// How blocks look to people (a row in a list, and what needs attention below it) and to programs.

import { BindMethod, Protocol, ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import { type Block, Block_State } from "@portlease/proto/portlease/v1/pool.js";
import { portsText, word } from "./lease-text.js";
import { enumName } from "./proto-json.js";

export const blockHeadings = [
  "BLOCK",
  "PORTS",
  "PROTOCOL",
  "KIND",
  "STATE",
  "LEASED",
  "FREE",
  "POOL",
];

export function blockRow(block: Block): readonly string[] {
  return [
    block.blockId || "(planned)",
    block.firstPort === 0 ? `any ${block.portCount}` : portsText(portsOf(block)),
    word(Protocol, "PROTOCOL_", block.protocol),
    word(ReservationKind, "RESERVATION_KIND_", block.kind),
    block.state === Block_State.STATE_UNSPECIFIED ? "-" : word(Block_State, "STATE_", block.state),
    String(block.usage?.leased ?? 0),
    String(block.usage?.free ?? 0),
    block.pool,
  ];
}

/** What an operator should know of the blocks, a line each. */
export function blockNotes(blocks: readonly Block[]): readonly string[] {
  return blocks.flatMap(({ blockId, detail, uncoveredPorts }) => [
    ...(detail === "" ? [] : [`${blockId}: ${detail}`]),
    ...(uncoveredPorts === ""
      ? []
      : [`${blockId}: not covered by its reservation now: ports ${uncoveredPorts}`]),
  ]);
}

/** Proto3 JSON of the message, all fields present. */
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

function portsOf({ firstPort, portCount }: Block): { port: number; portCount: number } {
  return { port: firstPort, portCount };
}
