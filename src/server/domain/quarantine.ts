// The ports of one block that rest between two holders: until when, and who may have one sooner. How many may rest in the whole
// pool is quarantine-cap.ts's business.

import { NumberedDeadlines } from "./numbered-deadlines.js";

interface Rest {
  readonly untilMs: number;
  /** The instance that may have the port before. */
  readonly returning: string | null;
  /** It was cut already, or must not be. */
  readonly fixed: boolean;
}

/** What is seen and done from outside of the block. */
export type CuttableRests = Pick<
  Quarantine,
  "uncutCount" | "oldestUncutEndMs" | "cutOldest" | "shiftUncut" | "ends"
>;

export class Quarantine {
  readonly #rests = new Map<number, Rest>();
  /** Of those that rest as long as the policy says. */
  readonly #uncut = new NumberedDeadlines();
  readonly #fixed = new NumberedDeadlines();
  /** Rests that an instance which came back ended early, in case nothing comes of its lease. */
  readonly #interrupted = new Map<number, Rest>();

  get size(): number {
    return this.#rests.size;
  }

  get uncutCount(): number {
    return this.#uncut.size;
  }

  /** When the next rest ends; `null` when none rests. */
  get nextDeadlineMs(): number | null {
    const [uncutMs, fixedMs] = [this.#uncut.nextDeadlineMs, this.#fixed.nextDeadlineMs];
    if (uncutMs === null || fixedMs === null) return uncutMs ?? fixedMs;
    return Math.min(uncutMs, fixedMs);
  }

  /** When the uncut rest that began first ends; `null` when there is none. */
  get oldestUncutEndMs(): number | null {
    return this.#uncut.nextDeadlineMs;
  }

  /** Each offset that rests, and until when. */
  *ends(): IterableIterator<readonly [offset: number, untilMs: number]> {
    for (const [offset, { untilMs }] of this.#rests) yield [offset, untilMs];
  }

  add(offset: number, rest: Rest): void {
    this.delete(offset);
    this.#rests.set(offset, rest);
    (rest.fixed ? this.#fixed : this.#uncut).set(offset, rest.untilMs);
  }

  /** Forgets all of an offset. */
  delete(offset: number): void {
    this.#rests.delete(offset);
    this.#uncut.delete(offset);
    this.#fixed.delete(offset);
    this.#interrupted.delete(offset);
  }

  isFor(offset: number, instance: string): boolean {
    return this.#rests.get(offset)?.returning === instance;
  }

  /** Ends a rest that `resume` may have to begin again. No-op when the offset does not rest. */
  interrupt(offset: number): void {
    const rest = this.#rests.get(offset);
    this.delete(offset);
    if (rest !== undefined) this.#interrupted.set(offset, rest);
  }

  /** The rest goes on as if it had not been interrupted; false when it was not. */
  resume(offset: number): boolean {
    const rest = this.#interrupted.get(offset);
    if (rest === undefined) return false;
    this.add(offset, rest);
    return true;
  }

  /** Lets the uncut rest that began first end so much sooner. No-op when there is none. */
  cutOldest(byMs: number): void {
    const offset = this.#uncut.popDue(Infinity);
    const rest = offset === null ? undefined : this.#rests.get(offset);
    if (offset === null || rest === undefined) return;
    this.add(offset, { ...rest, untilMs: rest.untilMs - byMs, fixed: true });
  }

  /** Lets every uncut rest end so much later, or sooner where it is negative; also those that were interrupted. */
  shiftUncut(byMs: number): void {
    for (const [offset, rest] of this.#rests) {
      if (rest.fixed) continue;
      const shifted = { ...rest, untilMs: rest.untilMs + byMs };
      this.#rests.set(offset, shifted);
      this.#uncut.set(offset, shifted.untilMs);
    }
    for (const [offset, rest] of this.#interrupted) {
      if (!rest.fixed) this.#interrupted.set(offset, { ...rest, untilMs: rest.untilMs + byMs });
    }
  }

  /** Takes out the one whose rest ended first; `null` when none is over. */
  popRested(nowMs: number): number | null {
    const uncutFirst =
      (this.#uncut.nextDeadlineMs ?? Infinity) < (this.#fixed.nextDeadlineMs ?? Infinity);
    const offset = (uncutFirst ? this.#uncut : this.#fixed).popDue(nowMs);
    if (offset !== null) this.delete(offset);
    return offset;
  }
}
