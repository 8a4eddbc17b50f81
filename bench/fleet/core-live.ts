// The view of a fleet with readers, under so many changes a second: what it costs, how late readers see a change, and what a storm of all
// hosts at once does to them. The view is a process of its own (core-program.ts), the readers are in this one.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { CoreAnswer, CoreOrder, LiveFigures } from "./core-orders.js";
import type { LatencySummary } from "./latencies.js";
import type { FleetBenchOptions } from "./options.js";
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
const startMsMax = 120_000;

export async function measureCoreLive(
  options: FleetBenchOptions,
  progress: (text: string) => void,
): Promise<CoreLive> {
  const program = await CoreProgram.start(options);
  try {
    const rows: LiveRow[] = [];
    for (const kind of kinds) {
      for (const readers of options.readers) {
        progress(
          `core: ${readers} readers, every ${kind.intervalMs} ms${kind.leases ? ", leases too" : ""}`,
        );
        rows.push(await liveRow(program, kind, readers, options));
      }
    }
    progress("core: storm");
    return { rows, storm: await stormRow(program, Math.max(...options.readers)) };
  } finally {
    await program.stop();
  }
}

async function liveRow(
  program: CoreProgram,
  kind: ReaderKind,
  count: number,
  { rate, seconds }: FleetBenchOptions,
): Promise<LiveRow> {
  const readers = new Readers();
  try {
    const firstViewMs = await readers.open(program.address, kind, count);
    readers.take();
    const figures = await program.order({ do: "live", rate, seconds });
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

async function stormRow(program: CoreProgram, count: number): Promise<StormRow> {
  const readers = new Readers();
  try {
    await readers.open(program.address, { intervalMs: 1_000, leases: false }, count);
    readers.take();
    const figures = await program.order({ do: "storm" });
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

class CoreProgram {
  readonly address: string;
  readonly #child: ChildProcess;

  private constructor(address: string, child: ChildProcess) {
    this.address = address;
    this.#child = child;
  }

  static async start({ size }: FleetBenchOptions): Promise<CoreProgram> {
    const path = fileURLToPath(new URL("core-program.js", import.meta.url));
    const child = fork(path, [JSON.stringify(size)]);
    const answer = await answerOf(child);
    if ("address" in answer) return new CoreProgram(answer.address, child);
    throw new Error("the program with the view said something else than its address");
  }

  async order(order: CoreOrder): Promise<LiveFigures> {
    const answer = answerOf(this.#child);
    this.#child.send(order);
    const said = await answer;
    if ("figures" in said) return said.figures;
    throw new Error("the program with the view said something else than figures");
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.send({ do: "stop" } satisfies CoreOrder);
    await exited;
  }
}

/** Rejects when the program ends without a word, or says nothing for two minutes. */
async function answerOf(child: ChildProcess): Promise<CoreAnswer> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const ended = once(child, "exit", { signal }).then(([code]) => {
    throw new Error(`the program with the view ended with exit code ${String(code)}`);
  });
  const late = pause(startMsMax, null, { signal }).then(() => {
    throw new Error("the program with the view said nothing in time");
  });
  try {
    const [answer] = (await Promise.race([once(child, "message", { signal }), ended, late])) as [
      CoreAnswer,
    ];
    return answer;
  } finally {
    // What lost the race is rejected now, and nobody is to hear of it.
    for (const lost of [ended, late]) lost.catch(() => undefined);
    waiting.abort();
  }
}
