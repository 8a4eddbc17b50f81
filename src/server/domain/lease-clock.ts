// The clock of the lease core: it does not count the time in which the broker could not listen, so that no lease runs out
// because its renewals were not heard. Every reading is a look, so whoever asks for the time first finds it corrected.

import type { Clock } from "./boundaries.js";

/**
 * The loop looks at the clock every 250 ms at the latest (housekeeping.ts). Twice that without a look means that it did not
 * run: it was busy, the process was stopped, or the host slept.
 */
export const stallMinMs = 500;

/**
 * What a gap counts for all the same: more than nothing, so that work that is bounded by time sees that time passes
 * (port-block.ts, cover-watch.ts). Far less than what a holder that renews has left.
 */
export const stallCountsMs = 25;

/**
 * Which pauses are seen: all that the monotonic clock counts. Windows counts a suspend of the host
 * (https://learn.microsoft.com/en-us/windows/win32/sysinfo/acquiring-high-resolution-time-stamps); Linux does not
 * (CLOCK_MONOTONIC, https://man7.org/linux/man-pages/man2/clock_gettime.2.html), and there nothing is to be done about one: a
 * wall clock that jumps forward beside a monotonic clock that stood still took no time from any lease.
 *
 * Deadlines only ever move back by this. A broker that is stalled for half of the time doubles all TTLs: ports are kept too
 * long rather than granted twice.
 */
export class LeaseClock implements Clock {
  readonly #clock: Clock;
  readonly #onStall: (gapMs: number) => void;
  /** Of `clock`; the last look. */
  #seenMs: number;
  /** How much of the time of `clock` does not count. */
  #uncountedMs = 0;
  #listening = false;

  /** `onStall` is called once per gap, with its length. It must not throw. */
  constructor(clock: Clock, onStall: (gapMs: number) => void) {
    this.#clock = clock;
    this.#onStall = onStall;
    this.#seenMs = clock.monotonicMs();
  }

  /** Time counts from now on; before, while the broker starts, it stands still. */
  beginListening(): void {
    this.monotonicMs();
    this.#listening = true;
  }

  monotonicMs(): number {
    const nowMs = this.#clock.monotonicMs();
    const gapMs = nowMs - this.#seenMs;
    this.#seenMs = nowMs;
    if (!this.#listening) this.#uncountedMs += gapMs;
    else if (gapMs > stallMinMs) {
      this.#uncountedMs += gapMs - stallCountsMs;
      this.#onStall(gapMs);
    }
    return nowMs - this.#uncountedMs;
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }
}
