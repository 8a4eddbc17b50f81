// The real clock, turns and randomness; the core gets them as arguments.

import { randomFillSync } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { Clock, EndOfTurn, Random } from "./domain/boundaries.js";

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

/**
 * After everything that the loop read in this turn was handled; with nothing to read that is at once.
 * https://nodejs.org/en/learn/asynchronous-work/event-loop-timers-and-nexttick#check
 */
export const endOfTurn: EndOfTurn = (work) => void setImmediate(work);

/** Random bytes are drawn from a pool, since each draw from the kernel costs microseconds. */
const poolBytes = 4_096;

export function systemRandom(): Random {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  return {
    bytes(count) {
      if (count > poolBytes) return randomFillSync(Buffer.alloc(count));
      if (used + count > poolBytes) {
        randomFillSync(pool);
        used = 0;
      }
      used += count;
      // A copy: the pool is overwritten by the next draw.
      return Uint8Array.from(pool.subarray(used - count, used));
    },
  };
}
