// Keeps a fixed number of turns under way and measures a window of that. Leaves nothing under way when it is done.

import { setTimeout as delay } from "node:timers/promises";
import { type CpuSample, sampleCpu } from "./cpu-time.js";
import type { Timed, Turn } from "./scenarios.js";
import { quantileOf } from "./statistics.js";

export interface Window {
  readonly calls: number;
  readonly durationMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU per call, all threads; `null` where it is not known. */
  readonly brokerUsPerCall: number | null;
  readonly loadUsPerCall: number;
  /** How many cores everything but the broker and the load used; `null` where it is not known. */
  readonly othersCores: number | null;
}

export interface LoopOptions {
  readonly concurrency: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly brokerProcessId: number;
}

/** A window without a single call is prolonged up to this; then the broker hangs. */
const emptyMsMax = 30_000;

/** Rejects when a call fails, or none ends. */
export async function measureClosedLoop(turn: Turn, options: LoopOptions): Promise<Window> {
  const lanes = new Lanes(turn, options.concurrency);
  await delay(options.warmUpMs);
  const before = sampleCpu(options.brokerProcessId);
  lanes.beginWindow();
  await delay(options.measureMs);
  // On a very busy machine a short window may see no call end.
  while (lanes.windowIsEmpty) {
    if (performance.now() - before.atMs > emptyMsMax) throw new Error("the broker does not answer");
    await delay(options.measureMs);
  }
  const latencies = lanes.endWindow();
  const after = sampleCpu(options.brokerProcessId);
  await lanes.stop();
  return toWindow(latencies, before, after);
}

/** The turns under way, and how long their calls took. */
class Lanes {
  readonly #turn: Turn;
  readonly #ended: Promise<unknown>;
  #stopped = false;
  /** Milliseconds; `null` outside of the window. */
  #latencies: number[] | null = null;

  constructor(turn: Turn, count: number) {
    this.#turn = turn;
    this.#ended = Promise.all(Array.from({ length: count }, () => this.#run()));
    // A lane that fails early is told of by `stop`.
    this.#ended.catch(() => undefined);
  }

  beginWindow(): void {
    this.#latencies = [];
  }

  /** False once a lane failed: there is nothing to wait for then. */
  get windowIsEmpty(): boolean {
    return this.#latencies?.length === 0 && !this.#stopped;
  }

  endWindow(): readonly number[] {
    const latencies = this.#latencies ?? [];
    this.#latencies = null;
    return latencies;
  }

  /** Resolves when nothing is under way. Rejects when a call failed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  readonly #timed: Timed = async (call) => {
    const startMs = performance.now();
    const result = await call();
    // Counted where it ends: what was under way when the window began is made up for by what is when it ends.
    this.#latencies?.push(performance.now() - startMs);
    return result;
  };

  async #run(): Promise<void> {
    try {
      while (!this.#stopped) await this.#turn(this.#timed);
    } finally {
      // One failure ends the others too.
      this.#stopped = true;
    }
  }
}

function toWindow(latencies: readonly number[], before: CpuSample, after: CpuSample): Window {
  const calls = latencies.length;
  const sorted = latencies.toSorted((a, b) => a - b);
  const durationMs = after.atMs - before.atMs;
  const loadUs = after.loadUs - before.loadUs;
  const brokerUs =
    after.brokerUs === null || before.brokerUs === null ? null : after.brokerUs - before.brokerUs;
  const othersUs =
    brokerUs === null ? null : after.machineUs - before.machineUs - brokerUs - loadUs;
  return {
    calls,
    durationMs,
    p50Ms: quantileOf(sorted, 0.5),
    p99Ms: quantileOf(sorted, 0.99),
    brokerUsPerCall: brokerUs === null ? null : brokerUs / calls,
    loadUsPerCall: loadUs / calls,
    // The clocks of the three differ by some milliseconds.
    othersCores: othersUs === null ? null : Math.max(0, othersUs / (durationMs * 1_000)),
  };
}
