// How long to wait before a stream that ended is opened again: longer each time, until something comes.

const pauseMinMs = 100;
const pauseMaxMs = 5_000;

export class ReopenPause {
  #lastMs = 0;

  /** Nothing was waited for since something came. */
  get isFirst(): boolean {
    return this.#lastMs === 0;
  }

  /** Something came. */
  worked(): void {
    this.#lastMs = 0;
  }

  /** How long to wait now. */
  nextMs(): number {
    this.#lastMs = Math.min(Math.max(2 * this.#lastMs, pauseMinMs), pauseMaxMs);
    return this.#lastMs;
  }
}
