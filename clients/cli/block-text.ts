// How blocks look to people: a row in a list, and what needs attention below it.

import { Protocol, ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import { type Block, Block_State } from "@portlease/proto/portlease/v1/pool.js";
import { portsText, word } from "./lease-text.js";

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

function portsOf({ firstPort, portCount }: Block): { port: number; portCount: number } {
  return { port: firstPort, portCount };
}
