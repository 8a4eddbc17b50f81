// How often something may happen: so many times at once, and so many times a second in the long run.

export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #atMs: number;

  /** `perSecond` above 0. Full at first: `burst` (default: as many as in a second) may happen at once. `nowMs` is monotonic. */
  constructor(perSecond: number, nowMs: number, burst = perSecond) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
    this.#atMs = nowMs;
  }

  /** 0: it may happen, and is counted. Else it may not, and this many milliseconds later it may. */
  take(nowMs: number): number {
    const gained = ((nowMs - this.#atMs) * this.#perSecond) / 1_000;
    this.#left = Math.min(this.#burst, this.#left + Math.max(0, gained));
    this.#atMs = nowMs;
    if (this.#left < 1) return Math.ceil(((1 - this.#left) * 1_000) / this.#perSecond);
    this.#left -= 1;
    return 0;
  }
}
