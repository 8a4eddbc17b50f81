// How late the event loop runs what is due: it does everything in turn, so a turn that takes long delays everybody.

import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/**
 * How often the loop is probed. Node counts the whole time between two probes, this included
 * (https://github.com/nodejs/node/issues/34661). Seldom enough to cost nothing, and a delay of a second is seen either way.
 */
const resolutionMs = 20;
const nanosecondsPerSecond = 1e9;

export interface LoopDelays {
  /** In seconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export class EventLoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });

  constructor() {
    this.#histogram.enable();
  }

  /** Since the last call. */
  take(): LoopDelays {
    const delays = {
      p50: toDelay(this.#histogram.percentile(50)),
      p99: toDelay(this.#histogram.percentile(99)),
      max: toDelay(this.#histogram.max),
    };
    this.#histogram.reset();
    return delays;
  }

  close(): void {
    this.#histogram.disable();
  }
}

function toDelay(betweenProbesNs: number): number {
  return Math.max(0, betweenProbesNs / nanosecondsPerSecond - resolutionMs / 1_000);
}
