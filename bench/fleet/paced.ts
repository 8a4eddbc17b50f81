// Does something so many times a second, in slices: as even as a timer can, and caught up with where the loop was held up.

import { setTimeout as pause } from "node:timers/promises";

/** Short beside any latency that is measured, and long enough for a timer of a millisecond's grain. */
const sliceMs = 5;

export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
}

export interface Paced {
  readonly done: number;
  /** As long as was asked for, or longer where it could not keep the pace. */
  readonly tookMs: number;
}

/** `act` gets how often it was called before. Resolves when it was called perSecond * seconds times, or `atMostMs` have passed. */
export async function runPaced(
  { perSecond, seconds }: Pace,
  act: (index: number) => void,
  atMostMs = seconds * 3_000,
): Promise<Paced> {
  const wanted = Math.floor(perSecond * seconds);
  const startMs = performance.now();
  let done = 0;
  for (;;) {
    const passedMs = performance.now() - startMs;
    const due = Math.min(wanted, Math.floor((passedMs * perSecond) / 1_000));
    for (; done < due; done += 1) act(done);
    if (done >= wanted || passedMs > atMostMs) break;
    await pause(sliceMs);
  }
  return { done, tookMs: performance.now() - startMs };
}
