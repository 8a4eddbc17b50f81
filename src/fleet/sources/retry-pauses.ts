// How long to wait before the next try: longer with each failure in a row, and half of it by chance, so that several fleet servers do
// not come back in step.

import { backoffMs } from "../../etcd/backoff.js";

/** An etcd that elects a leader, or a broker that restarts, is back within a second. */
const firstMs = 250;
/** What came back is seen within so many: short beside the presence of hosts, and next to no load for what does not come back. */
export const longestPauseMs = 10_000;

export class RetryPauses {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** One more failure: how long to wait now, at most 10 s. */
  nextMs(): number {
    this.#failures += 1;
    return backoffMs(this.#failures, this.#random(), { firstMs, longestMs: longestPauseMs });
  }

  /** It works again: the next failure is the first one. */
  worked(): void {
    this.#failures = 0;
  }
}
