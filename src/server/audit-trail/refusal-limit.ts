// Keeps refusals from filling the audit log: somebody who knocks a thousand times a second gets so many lines a minute, and one
// that counts the rest.

/** Enough to see what somebody tries; what comes after is more of the same. */
export const linesPerMinuteMax = 10;
/** Of origins at once: a bound for memory. What is beyond shares one. */
export const originsMax = 256;
const windowMs = 60_000;
const othersName = "others";

interface Window {
  readonly untilMs: number;
  count: number;
}

/** How many refusals of an origin had no line of their own. */
export interface UncountedRefusals {
  readonly origin: string;
  readonly count: number;
}

export class RefusalLimit {
  readonly #windows = new Map<string, Window>();

  /** Whether the refusal gets a line of its own. `nowMs` is monotonic. */
  take(origin: string, nowMs: number): boolean {
    const known = this.#windows.has(origin) || this.#windows.size < originsMax;
    const name = known ? origin : othersName;
    const window = this.#windows.get(name) ?? { untilMs: nowMs + windowMs, count: 0 };
    this.#windows.set(name, window);
    window.count += 1;
    return window.count <= linesPerMinuteMax;
  }

  /** What was not written in the minutes that are over. */
  over(nowMs: number): readonly UncountedRefusals[] {
    const over: UncountedRefusals[] = [];
    for (const [origin, { untilMs, count }] of this.#windows) {
      if (untilMs > nowMs) continue;
      this.#windows.delete(origin);
      if (count > linesPerMinuteMax) over.push({ origin, count: count - linesPerMinuteMax });
    }
    return over;
  }

  /** When `over` has something next; `null`: nothing is planned. */
  nextMs(): number | null {
    const [first] = this.#windows.values();
    return first?.untilMs ?? null;
  }
}
