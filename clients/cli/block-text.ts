// How blocks look to people: a row in a list, and what needs attention below it.

import { BindMethod, Protocol, ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import { type Block, Block_State } from "@portlease/proto/portlease/v1/pool.js";
import { portsText, word } from "./lease-text.js";
import type { Column } from "./table.js";
import { blockTones } from "./terminal/tones.js";

export const blockColumns: readonly Column<Block>[] = [
  // Whole: it is what other commands are given.
  { heading: "BLOCK", text: ({ blockId }) => blockId || "(planned)" },
  {
    heading: "PORTS",
    text: (block) => (block.firstPort === 0 ? `any ${block.portCount}` : portsText(portsOf(block))),
  },
  { heading: "PROTOCOL", text: ({ protocol }) => word(Protocol, "PROTOCOL_", protocol), cut: 1 },
  { heading: "KIND", text: ({ kind }) => word(ReservationKind, "RESERVATION_KIND_", kind), cut: 2 },
  {
    heading: "STATE",
    text: ({ state }) =>
      state === Block_State.STATE_UNSPECIFIED ? "-" : word(Block_State, "STATE_", state),
    tone: ({ state }) => blockTones[state],
  },
  { heading: "LEASED", text: ({ usage }) => String(usage?.leased ?? 0), align: "right" },
  { heading: "FREE", text: ({ usage }) => String(usage?.free ?? 0), align: "right" },
  {
    heading: "RESTING",
    text: ({ usage }) => String(usage?.quarantined ?? 0),
    align: "right",
    wide: true,
  },
  {
    heading: "OUT OF USE",
    text: ({ usage }) => String(usage?.unavailable ?? 0),
    align: "right",
    wide: true,
  },
  {
    heading: "LONGEST RUN",
    text: ({ usage }) => String(usage?.largestFreeRun ?? 0),
    align: "right",
    wide: true,
  },
  {
    heading: "BIND",
    text: ({ bindMethod }) => word(BindMethod, "BIND_METHOD_", bindMethod),
    wide: true,
  },
  { heading: "RESERVED", text: ({ createTime }) => createTime?.toISOString() ?? "-", wide: true },
  { heading: "POOL", text: ({ pool }) => pool, cut: 3 },
];

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
