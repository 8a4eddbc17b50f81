// The pools, and their blocks where there is space: how full each is, as a bar and in numbers.

import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import {
  type Block,
  Block_State,
  type Pool,
  type PortUsage,
} from "@portlease/proto/portlease/v1/pool.js";
import { portsText, word } from "../../lease-text.js";
import { usedText, usedTone } from "../../pool-view.js";
import { type Column, tableLines } from "../../table.js";
import { padToWidth } from "../../terminal/display-width.js";
import type { Tone } from "../../terminal/paint.js";
import { blockTones } from "../../terminal/tones.js";
import type { Canvas } from "../canvas.js";
import type { LiveHost } from "../live-host.js";

interface UsageRow {
  readonly name: string;
  readonly protocol: Protocol;
  readonly usage: PortUsage | undefined;
  readonly state: string;
  readonly tone: Tone | null;
}

/** From so many columns on a table has its less needed columns, too. */
const middleColumns = 60;
const wideColumns = 120;
const longBarColumns = 100;

/** A heading and a row for each, at most `space` lines; the last says how many are left out. */
export function poolLines(
  { pools, blocks }: LiveHost,
  { withBlocks, space }: { readonly withBlocks: boolean; readonly space: number | null },
  canvas: Canvas,
): readonly string[] {
  const rows = pools.flatMap((pool) => [
    poolRow(pool),
    ...(withBlocks ? blocks.filter((block) => block.pool === pool.pool).map(blockRow) : []),
  ]);
  const { columns, paint } = canvas;
  const form = { header: true, wide: false, columns, paint };
  const fits = space === null || rows.length < space;
  const shown = fits ? rows : rows.slice(0, Math.max(1, space - 2));
  const lines = tableLines(columnsFor(columns), shown, form);
  const left = rows.length - shown.length;
  const more = left > 0 && lines.length < (space ?? 0) ? [paint("quiet", `… ${left} more`)] : [];
  return [...lines, ...more];
}

function poolRow({ pool, protocol, usage, retired, waitingRequests }: Pool): UsageRow {
  const state = [
    ...(retired ? ["retired"] : []),
    ...(waitingRequests > 0 ? [`${waitingRequests} waiting`] : []),
  ].join(", ");
  return { name: pool, protocol, usage, state, tone: "warning" };
}

function blockRow({ firstPort, portCount, protocol, usage, state }: Block): UsageRow {
  return {
    name: `  ${portsText({ port: firstPort, portCount })}`,
    protocol,
    usage,
    state: word(Block_State, "STATE_", state),
    tone: blockTones[state],
  };
}

/** Numbers are never cut, since a part of a number is another number: columns are left out whole. */
function columnsFor(columns: number | null): readonly Column<UsageRow>[] {
  const width = columns ?? Number.MAX_SAFE_INTEGER;
  const barWidth = barWidthFor(width);
  const count = (heading: string, of: (usage: PortUsage) => number): Column<UsageRow> => ({
    heading,
    text: ({ usage }) => String(usage === undefined ? 0 : of(usage)),
    align: "right",
  });
  const inMiddle = width >= middleColumns;
  const inWide = width >= wideColumns;
  return [
    { heading: "POOL", text: ({ name }) => name, cut: 1 },
    ...(inWide
      ? [
          {
            heading: "PROTOCOL",
            text: ({ protocol }: UsageRow) => word(Protocol, "PROTOCOL_", protocol),
          },
        ]
      : []),
    {
      heading: "USED",
      text: ({ usage }) => `${bar(usage, barWidth)} ${padToWidth(usedText(usage), 4, "start")}`,
      tone: ({ usage }) => usedTone(usage),
    },
    ...(inMiddle ? [count("LEASED", ({ leased }) => leased)] : []),
    count("FREE", ({ free }) => free),
    ...(inWide
      ? [
          count("RESTING", ({ quarantined }) => quarantined),
          count("OUT OF USE", ({ unavailable }) => unavailable),
        ]
      : []),
    count("LONGEST RUN", ({ largestFreeRun }) => largestFreeRun),
    ...(inMiddle
      ? [
          {
            heading: "STATE",
            text: ({ state }: UsageRow) => state,
            tone: ({ tone }: UsageRow) => tone,
            cut: 0,
          },
        ]
      : []),
  ];
}

function barWidthFor(columns: number): number {
  if (columns >= longBarColumns) return 24;
  return columns >= middleColumns ? 12 : 5;
}

/** What is used is shown when there is any, and what is free as well. */
function bar(usage: PortUsage | undefined, width: number): string {
  const { total = 0, free = 0 } = usage ?? {};
  const used = total - free;
  const exact = total === 0 ? 0 : (used / total) * width;
  const least = used > 0 ? 1 : 0;
  const most = free > 0 ? width - 1 : width;
  const filled = total === 0 ? 0 : Math.min(most, Math.max(least, Math.round(exact)));
  return "█".repeat(filled) + "░".repeat(width - filled);
}
