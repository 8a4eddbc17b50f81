// Keeps a fixed number of turns of the JavaScript client under way and notes a window of that. Leaves nothing under way when it is
// done.

import { setTimeout as delay } from "node:timers/promises";
import { quantilesOf } from "../statistics.js";
import type { LoadFigures, WindowWatch } from "./window.js";

/** Times one call. */
export type Timed = <T>(call: () => Promise<T>) => Promise<T>;

/** One turn of one of the lanes that run beside each other; it makes one call or several, one after the other. */
export type Turn = (timed: Timed, lane: number) => Promise<void>;

export interface LoopOptions {
  readonly concurrency: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** A window without a single call is prolonged up to this; then the server hangs. */
const emptyMsMax = 30_000;

/** Rejects when a call fails, or none ends. */
export async function runClosedLoop(
  turn: Turn,
  { concurrency, warmUpMs, measureMs }: LoopOptions,
  watch: WindowWatch,
): Promise<LoadFigures> {
  const lanes = new Lanes(turn, concurrency);
  await delay(warmUpMs);
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  lanes.beginWindow();
  watch.began();
  await delay(measureMs);
  // On a very busy machine a short window may see no call end.
  while (lanes.windowIsEmpty) {
    if (performance.now() - startMs > emptyMsMax) throw new Error("the server does not answer");
    await delay(measureMs);
  }
  const latencies = lanes.endWindow();
  const durationMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(startCpu);
  watch.ended();
  // Before the figures: a lane that failed has none to tell.
  await lanes.stop();
  const { p50, p99, max } = quantilesOf(latencies);
  return {
    calls: latencies.length,
    durationMs,
    p50Ms: p50,
    p99Ms: p99,
    maxMs: max,
    cpuUs: user + system,
  };
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
    this.#ended = Promise.all(Array.from({ length: count }, (_, lane) => this.#run(lane)));
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

  async #run(lane: number): Promise<void> {
    try {
      while (!this.#stopped) await this.#turn(this.#timed, lane);
    } finally {
      // One failure ends the others too.
      this.#stopped = true;
    }
  }
}
