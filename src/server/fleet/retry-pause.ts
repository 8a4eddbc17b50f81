// How long is waited after a failure: longer each time, and not as long as the other hosts that have failed at the same moment.

import type { Random } from "../domain/boundaries.js";

const firstMs = 500;
/** A thousand hosts ask an etcd that is away 200 times a second, and find out soon that it is back. */
const longestMs = 5_000;

export class RetryPause {
  readonly #random: Random;
  #pauseMs = firstMs;
  #dueMs = -Infinity;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Nothing is to be tried before; monotonic. */
  get dueMs(): number {
    return this.#dueMs;
  }

  failed(nowMs: number): void {
    this.waitFor(nowMs, this.#pauseMs);
    this.#pauseMs = Math.min(longestMs, this.#pauseMs * 2);
  }

  /** Half of it to one and a half times it. */
  waitFor(nowMs: number, durationMs: number): void {
    this.#dueMs = nowMs + aboutMs(durationMs, this.#random);
  }

  reset(): void {
    this.#pauseMs = firstMs;
  }
}

/** Half of it to one and a half times it. */
export function aboutMs(durationMs: number, random: Random): number {
  return durationMs * (0.5 + shareOf(random));
}

/** 0 to 1. */
export function shareOf(random: Random): number {
  const [high = 0, low = 0] = random.bytes(2);
  return (high * 256 + low) / 65_535;
}
