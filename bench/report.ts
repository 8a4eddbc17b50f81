// The outcome as Markdown tables: readable on a terminal, and fit to be copied into docs/performance.md.

import { table } from "./markdown-table.js";
import type { Outcome } from "./outcome.js";
import type { Row } from "./row.js";
import type { Spread } from "./statistics.js";

/** Above this, what others take from the broker and the load changes even the ratios. */
const othersCoresMax = 0.2;

const rowHead = [
  "row",
  "client",
  "in flight",
  "per second",
  "server µs/call",
  "client µs/call",
  "p50 ms",
  "p99 ms",
  "loop p99 ms",
];

export function reportOf(outcome: Outcome): string {
  const { machine } = outcome;
  const rounds = outcome.rounds === 1 ? "1 round" : `${outcome.rounds} rounds`;
  return [
    `${outcome.date.slice(0, 10)}, Node ${outcome.node.slice(1)}, ${machine.cpu}, ${machine.cores} cores, ` +
      `${machine.memoryGib} GiB, ${machine.system}, data on ${machine.disk}.`,
    `${rounds}, ${outcome.secondsPerCell} s per cell, seed ${outcome.seed}; ${machine.pinning}; ` +
      `${outcome.tookMinutes.toFixed(1)} minutes. Medians [min..max].${othersText(outcome.othersCores)}`,
    ...warnings(outcome),
    "",
    ...table(rowHead, outcome.rows.map(rowCells)),
    "",
    ...table(
      ["ratio", "in flight", "median [min..max]"],
      outcome.ratios.map(({ name, concurrency, value }) => [
        name,
        String(concurrency),
        spreadText(value, (number) => number.toFixed(2)),
      ]),
    ),
    "",
    ...table(
      ["figure", "median [min..max]", "unit"],
      outcome.figures.map(({ name, unit, value }) => [name, spreadText(value, threeDigits), unit]),
    ),
    "",
    ...table(
      ["goal", "wanted", "figure", "met"],
      outcome.goals.map(({ name, goal, figure, met }) => [
        name,
        goal,
        threeDigits(figure),
        met ? "yes" : "NO",
      ]),
    ),
    "",
    ...outcome.notes,
  ].join("\n");
}

function rowCells(row: Row): string[] {
  return [
    row.title,
    row.client,
    String(row.concurrency),
    `${spreadText(row.perSecond, rounded)} ${row.unit}`,
    known(row.serverUsPerCall),
    threeDigits(row.clientUsPerCall.median),
    threeDigits(row.p50Ms.median),
    threeDigits(row.p99Ms.median),
    known(row.loopDelayP99Ms),
  ];
}

function known(value: Spread | null): string {
  return value === null ? "" : threeDigits(value.median);
}

function warnings({ machine, othersCores }: Outcome): string[] {
  const texts: string[] = [];
  if (machine.disk === "tmpfs")
    texts.push("WARNING: tmpfs is no disk; durable calls cost nothing.");
  if (othersCores !== null && othersCores.median > othersCoresMax) {
    texts.push("WARNING: the machine was busy with other programs; measure again when it is not.");
  }
  return texts;
}

function othersText(cores: Spread | null): string {
  if (cores === null) return "";
  const { median, max } = cores;
  return ` Other programs used ${median.toFixed(2)} cores meanwhile, ${max.toFixed(2)} at most.`;
}

function spreadText({ median, min, max }: Spread, text: (value: number) => string): string {
  return `${text(median)} [${text(min)}..${text(max)}]`;
}

/** To three digits, because there are no more in it. */
function rounded(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US");
}

function threeDigits(value: number): string {
  if (value >= 1_000) return rounded(value);
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
