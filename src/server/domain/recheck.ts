// When ports that are out of use are looked at again: each look costs system calls, so less and less often.

import { NumberedDeadlines } from "./numbered-deadlines.js";

const firstMs = 1_000;
const longestMs = 30_000;

export class Recheck {
  readonly #queue = new NumberedDeadlines();
  readonly #delayMs = new Map<number, number>();

  /** When the next look is due; `null` when nothing is out of use. */
  get nextDeadlineMs(): number | null {
    return this.#queue.nextDeadlineMs;
  }

  /** Looks again after the first delay, or twice as long as the last time. */
  later(offset: number, nowMs: number): void {
    const delayMs = this.#delayMs.get(offset) ?? firstMs;
    this.#delayMs.set(offset, Math.min(delayMs * 2, longestMs));
    this.#queue.set(offset, nowMs + delayMs);
  }

  /** Takes out one that is due, which remembers its delay until `forget`; `null` when none is. */
  popDue(nowMs: number): number | null {
    return this.#queue.popDue(nowMs);
  }

  /** The offset is in use as it should be. */
  forget(offset: number): void {
    this.#queue.delete(offset);
    this.#delayMs.delete(offset);
  }
}
