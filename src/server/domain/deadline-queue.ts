// Keys ordered by deadline, those of one deadline as they were set, one entry per key. For keys of any kind: what has a small
// number of its own is better off with numbered-deadlines.ts, which this is made of.

import { NumberedDeadlines } from "./numbered-deadlines.js";
import { Numbering } from "./numbering.js";

export class DeadlineQueue<Key> {
  readonly #deadlines = new NumberedDeadlines();
  readonly #numbers = new Map<Key, number>();
  readonly #keys = new Numbering<Key>();

  get size(): number {
    return this.#numbers.size;
  }

  /** The earliest deadline; `null` when the queue is empty. */
  get nextDeadlineMs(): number | null {
    return this.#deadlines.nextDeadlineMs;
  }

  deadlineOf(key: Key): number | null {
    const number = this.#numbers.get(key);
    return number === undefined ? null : this.#deadlines.deadlineOf(number);
  }

  /** Adds a key or moves its deadline. */
  set(key: Key, deadlineMs: number): void {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#keys.add(key);
      this.#numbers.set(key, number);
    }
    this.#deadlines.set(number, deadlineMs);
  }

  /** No-op when the key is unknown. */
  delete(key: Key): void {
    const number = this.#numbers.get(key);
    if (number === undefined) return;
    this.#deadlines.delete(number);
    this.#forget(key, number);
  }

  /** Takes out one key whose deadline is at or before `nowMs`, the earliest first; `null` when none is due. */
  popDue(nowMs: number): Key | null {
    const number = this.#deadlines.popDue(nowMs);
    const key = number === null ? null : this.#keys.find(number);
    if (number !== null && key !== null) this.#forget(key, number);
    return key;
  }

  #forget(key: Key, number: number): void {
    this.#numbers.delete(key);
    this.#keys.remove(number);
  }
}
