// Small whole numbers ordered by deadline, those of one deadline as they were set, each once: an indexed binary heap in typed
// arrays, so that moving a deadline costs O(log n), and a number takes 24 bytes and is no work for the garbage collector. Who
// orders other things numbers them (numbering.ts, deadline-queue.ts). Knows nothing of clocks: the caller says what time it is.

/** Room for the first numbers. */
const firstRoom = 16;
/** So much more room whenever there is too little: rarely enough, and without much that is never used. */
const growth = 1.5;

export class NumberedDeadlines {
  /** The numbers, the earliest deadline first, as a heap. */
  #heap = new Uint32Array(firstRoom);
  /** By number: where it is in the heap, plus one; 0: nowhere. */
  #places = new Uint32Array(firstRoom);
  #deadlinesMs = new Float64Array(firstRoom);
  /** By number; of the deadlines that are equal, the lower one was set first. */
  #orders = new Float64Array(firstRoom);
  #size = 0;
  #sets = 0;

  get size(): number {
    return this.#size;
  }

  /** The earliest deadline; `null` when there is none. */
  get nextDeadlineMs(): number | null {
    return this.#size === 0 ? null : (this.#deadlinesMs[at(this.#heap, 0)] ?? null);
  }

  /** `null` for a number without one. */
  deadlineOf(number: number): number | null {
    return this.#places[number] ? at(this.#deadlinesMs, number) : null;
  }

  /** Adds a number, 0 or more, or moves its deadline. Takes memory for all numbers below it, too. */
  set(number: number, deadlineMs: number): void {
    if (number >= this.#places.length) this.#makeRoom(number + 1);
    this.#deadlinesMs[number] = deadlineMs;
    this.#sets += 1;
    this.#orders[number] = this.#sets;
    const place = at(this.#places, number);
    if (place > 0) return this.#settle(number, place - 1);
    this.#size += 1;
    this.#rise(number, this.#size - 1);
  }

  /** No-op for a number without a deadline. */
  delete(number: number): void {
    const place = this.#places[number] ?? 0;
    if (place === 0) return;
    this.#places[number] = 0;
    this.#size -= 1;
    const last = at(this.#heap, this.#size);
    if (last !== number) this.#settle(last, place - 1);
  }

  /** Takes out one number whose deadline is at or before `nowMs`, the earliest first; `null` when none is due. */
  popDue(nowMs: number): number | null {
    if (this.#size === 0) return null;
    const first = at(this.#heap, 0);
    if (at(this.#deadlinesMs, first) > nowMs) return null;
    this.delete(first);
    return first;
  }

  /** Finds the place of a number that may have it at `index`, or above, or below. */
  #settle(number: number, index: number): void {
    const parent = (index - 1) >> 1;
    if (index > 0 && this.#isBefore(number, at(this.#heap, parent))) this.#rise(number, index);
    else this.#sink(number, index);
  }

  #rise(number: number, from: number): void {
    let index = from;
    while (index > 0) {
      const parent = at(this.#heap, (index - 1) >> 1);
      if (this.#isBefore(parent, number)) break;
      this.#place(parent, index);
      index = (index - 1) >> 1;
    }
    this.#place(number, index);
  }

  #sink(number: number, from: number): void {
    let index = from;
    for (let child = 2 * index + 1; child < this.#size; child = 2 * index + 1) {
      const right = child + 1;
      if (right < this.#size && this.#isBefore(at(this.#heap, right), at(this.#heap, child))) {
        child = right;
      }
      const least = at(this.#heap, child);
      if (!this.#isBefore(least, number)) break;
      this.#place(least, index);
      index = child;
    }
    this.#place(number, index);
  }

  #place(number: number, index: number): void {
    this.#heap[index] = number;
    this.#places[number] = index + 1;
  }

  #isBefore(a: number, b: number): boolean {
    const aMs = at(this.#deadlinesMs, a);
    const bMs = at(this.#deadlinesMs, b);
    return aMs < bMs || (aMs === bMs && at(this.#orders, a) < at(this.#orders, b));
  }

  #makeRoom(needed: number): void {
    const room = Math.max(needed, Math.ceil(this.#places.length * growth));
    this.#heap = grown(this.#heap, new Uint32Array(room));
    this.#places = grown(this.#places, new Uint32Array(room));
    this.#deadlinesMs = grown(this.#deadlinesMs, new Float64Array(room));
    this.#orders = grown(this.#orders, new Float64Array(room));
  }
}

function grown<List extends Uint32Array | Float64Array>(from: List, to: List): List {
  to.set(from);
  return to;
}

/** Every index asked for is one that there is. */
function at(list: Uint32Array | Float64Array, index: number): number {
  return list[index] ?? 0;
}
