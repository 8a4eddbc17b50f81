// How often something took how long: plain numbers in buckets, cheap enough for every call. Who shows them reads them.

export class DurationCounts {
  /** Upper bounds of the buckets, inclusive and rising; what took longer is in one more bucket behind them. */
  readonly boundsMs: readonly number[];
  /** How many fell into each bucket, not added up. */
  readonly counts: readonly number[];
  readonly #counts: number[];
  #sumMs = 0;

  constructor(boundsMs: readonly number[]) {
    this.boundsMs = boundsMs;
    this.#counts = Array.from({ length: boundsMs.length + 1 }, () => 0);
    this.counts = this.#counts;
  }

  get sumMs(): number {
    return this.#sumMs;
  }

  /** A negative duration counts as 0. */
  add(durationMs: number): void {
    let bucket = 0;
    for (const boundMs of this.boundsMs) {
      if (durationMs <= boundMs) break;
      bucket += 1;
    }
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sumMs += Math.max(0, durationMs);
  }
}
