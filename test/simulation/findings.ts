// The first promise that a run broke. Recorded, not thrown: the code that is being tested would catch it.

export interface Finding {
  /** Which promise, in a few words. */
  readonly invariant: string;
  readonly message: string;
  readonly atMs: number;
}

export class Findings {
  readonly #nowMs: () => number;
  #first: Finding | null = null;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get first(): Finding | null {
    return this.#first;
  }

  add(invariant: string, message: string): void {
    this.#first ??= { invariant, message, atMs: this.#nowMs() };
  }

  /** Records a broken promise unless `holds`. */
  check(holds: boolean, invariant: string, message: () => string): void {
    if (!holds) this.add(invariant, message());
  }
}
