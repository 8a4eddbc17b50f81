// The view of a fleet with readers, under so many changes a second: what it costs, how late readers see a change, and what a storm of all
// hosts at once does to them. The view is a process of its own (core-program.ts), the readers are in this one.

import { setTimeout as pause } from "node:timers/promises";
import type { CoreAnswer, CoreOrder, LiveFigures } from "./core-orders.js";
import type { LatencySummary } from "./latencies.js";
import type { FleetBenchOptions } from "./options.js";
import { Program } from "./program.js";
import { type ReaderKind, Readers } from "./readers.js";

export interface LiveRow extends ReaderKind {
  readonly readers: number;
  readonly changesPerSecond: number;
  /** Of one core, by the view, its readers' messages and gRPC. */
  readonly cpuShare: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  /** Until all readers had the whole first view. */
  readonly firstViewMs: number;
  /** From the change to the reader; `null`: no probe was seen. */
  readonly latency: LatencySummary | null;
  readonly bytesPerReaderSecond: number;
}

export interface StormRow {
  readonly readers: number;
  readonly entries: number;
  readonly tookMs: number;
  readonly loopDelayMaxMs: number;
  /** Until the reader saw the last of it. */
  readonly latency: LatencySummary | null;
  readonly bytesPerReader: number;
}

export interface CoreLive {
  readonly rows: readonly LiveRow[];
  readonly storm: StormRow;
}

/** What dashboards ask for is the first; the others are what the interface allows, and what costs most. */
const kinds: readonly ReaderKind[] = [
  { intervalMs: 1_000, leases: false },
  { intervalMs: 100, leases: false },
  { intervalMs: 1_000, leases: true },
];

/** Readers see what was told last within their interval. */
const settleMs = 1_500;

export async function measureCoreLive(
  options: FleetBenchOptions,
  progress: (text: string) => void,
): Promise<CoreLive> {
  const { program, answer } = await Program.start<CoreOrder, CoreAnswer>(
    "core-program.js",
    options.size,
  );
  try {
    if (!("address" in answer)) throw new Error("the program with the view has no address");
    const core = { program, address: answer.address };
    const rows: LiveRow[] = [];
    for (const kind of kinds) {
      for (const readers of options.readers) {
        progress(
          `core: ${readers} readers, every ${kind.intervalMs} ms${kind.leases ? ", leases too" : ""}`,
        );
        rows.push(await liveRow(core, kind, readers, options));
      }
    }
    progress("core: storm");
    return { rows, storm: await stormRow(core, Math.max(...options.readers)) };
  } finally {
    await program.stop({ do: "stop" });
  }
}

interface Core {
  readonly program: Program<CoreOrder, CoreAnswer>;
  readonly address: string;
}

async function liveRow(
  { program, address }: Core,
  kind: ReaderKind,
  count: number,
  { rate, seconds }: FleetBenchOptions,
): Promise<LiveRow> {
  const readers = new Readers();
  try {
    const firstViewMs = await readers.open(address, kind, count);
    readers.take();
    const figures = figuresOf(await program.order({ do: "live", rate, seconds }));
    await pause(settleMs);
    const { latencies, bytes } = readers.take();
    return {
      ...kind,
      readers: count,
      changesPerSecond: (figures.changes * 1_000) / figures.tookMs,
      cpuShare: figures.cpuMs / figures.tookMs,
      loopDelayP99Ms: figures.loopDelayP99Ms,
      loopDelayMaxMs: figures.loopDelayMaxMs,
      firstViewMs,
      latency: latencies.summary(),
      bytesPerReaderSecond: (bytes * 1_000) / figures.tookMs / count,
    };
  } finally {
    readers.close();
  }
}

async function stormRow({ program, address }: Core, count: number): Promise<StormRow> {
  const readers = new Readers();
  try {
    await readers.open(address, { intervalMs: 1_000, leases: false }, count);
    readers.take();
    const figures = figuresOf(await program.order({ do: "storm" }));
    await pause(settleMs);
    const { latencies, bytes } = readers.take();
    return {
      readers: count,
      entries: figures.changes,
      tookMs: figures.tookMs,
      loopDelayMaxMs: figures.loopDelayMaxMs,
      latency: latencies.summary(),
      bytesPerReader: bytes / count,
    };
  } finally {
    readers.close();
  }
}

/** Throws when it is said out of turn. */
function figuresOf(answer: CoreAnswer): LiveFigures {
  if ("figures" in answer) return answer.figures;
  throw new Error("the program with the view said something else than figures");
}
