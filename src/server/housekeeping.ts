// The one timer loop: calls whoever has something due, and at least every quarter of a second.

/** Something that does work at given times. */
export interface Timed {
  /** Does what is due. Returns after how many milliseconds to call again: `null` means that nothing is planned, 0 at once. */
  advance(): number | null;
}

/** Upper bound for how late a deadline that was set meanwhile is noticed. */
const idleMs = 250;

export class Housekeeping {
  readonly #parts: readonly Timed[];
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: readonly Timed[]) {
    this.#parts = parts;
  }

  start(): void {
    const delaysMs = this.#parts.map((part) => part.advance() ?? idleMs);
    const delayMs = Math.min(idleMs, ...delaysMs);
    // Not setTimeout(0) in a loop: other callbacks get their turn between two batches.
    if (delayMs === 0) setImmediate(() => this.#next());
    else this.#timer = setTimeout(() => this.#next(), delayMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #next(): void {
    if (!this.#stopped) this.start();
  }
}
