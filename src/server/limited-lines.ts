// Lines of the log about something that may happen thousands of times a second: the first ones of a period are written, and the others
// are counted and told when it is over.

/** Calls once after so many milliseconds. */
export type After = (delayMs: number, callback: () => void) => void;

export interface LineLimit<Told> {
  /** So many of a period are written, 1 or more. */
  readonly writtenMax: number;
  readonly periodMs: number;
  readonly write: (told: Told) => void;
  /** `count`: how many more there were, 1 or more. */
  readonly writeMore: (count: number) => void;
}

/** Keeps no process running. */
const timer: After = (delayMs, callback) => void setTimeout(callback, delayMs).unref();

export class LimitedLines<Told> {
  readonly #limit: LineLimit<Told>;
  readonly #after: After;
  #written = 0;
  #unwritten = 0;

  constructor(limit: LineLimit<Told>, after: After = timer) {
    this.#limit = limit;
    this.#after = after;
  }

  say(told: Told): void {
    const { writtenMax, periodMs, write } = this.#limit;
    if (this.#written === writtenMax) {
      this.#unwritten += 1;
      return;
    }
    // A period begins with its first line.
    if (this.#written === 0) this.#after(periodMs, () => this.#periodEnded());
    this.#written += 1;
    write(told);
  }

  #periodEnded(): void {
    const count = this.#unwritten;
    this.#written = 0;
    this.#unwritten = 0;
    if (count > 0) this.#limit.writeMore(count);
  }
}
