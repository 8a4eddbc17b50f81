// Keys ordered by deadline, those of one deadline as they were set, one entry per key: an indexed binary heap, so that moving a
// deadline costs O(log n).
// Knows nothing of clocks: the caller says what time it is.

interface Entry<Key> {
  readonly key: Key;
  deadlineMs: number;
  /** Of the deadlines that are equal, the lower one was set first. */
  order: number;
  index: number;
}

export class DeadlineQueue<Key> {
  readonly #heap: Entry<Key>[] = [];
  readonly #entries = new Map<Key, Entry<Key>>();
  #sets = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest deadline; `null` when the queue is empty. */
  get nextDeadlineMs(): number | null {
    return this.#heap[0]?.deadlineMs ?? null;
  }

  deadlineOf(key: Key): number | null {
    return this.#entries.get(key)?.deadlineMs ?? null;
  }

  /** Adds a key or moves its deadline. */
  set(key: Key, deadlineMs: number): void {
    const known = this.#entries.get(key);
    this.#sets += 1;
    if (known === undefined) {
      const entry = { key, deadlineMs, order: this.#sets, index: this.#heap.length };
      this.#heap.push(entry);
      this.#entries.set(key, entry);
      this.#rise(entry);
      return;
    }
    known.deadlineMs = deadlineMs;
    known.order = this.#sets;
    this.#rise(known);
    this.#sink(known);
  }

  /** No-op when the key is unknown. */
  delete(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#place(last, entry.index);
    this.#rise(last);
    this.#sink(last);
  }

  /** Takes out one key whose deadline is at or before `nowMs`, the earliest first; `null` when none is due. */
  popDue(nowMs: number): Key | null {
    const first = this.#heap[0];
    if (first === undefined || first.deadlineMs > nowMs) return null;
    this.delete(first.key);
    return first.key;
  }

  #rise(entry: Entry<Key>): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >> 1];
      if (parent === undefined || isBefore(parent, entry)) return;
      this.#swap(entry, parent);
    }
  }

  #sink(entry: Entry<Key>): void {
    for (;;) {
      const left = this.#heap[entry.index * 2 + 1];
      const right = this.#heap[entry.index * 2 + 2];
      const child =
        right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, entry)) return;
      this.#swap(entry, child);
    }
  }

  #swap(a: Entry<Key>, b: Entry<Key>): void {
    const aIndex = a.index;
    this.#place(a, b.index);
    this.#place(b, aIndex);
  }

  #place(entry: Entry<Key>, index: number): void {
    entry.index = index;
    this.#heap[index] = entry;
  }
}

function isBefore<Key>(a: Entry<Key>, b: Entry<Key>): boolean {
  return a.deadlineMs < b.deadlineMs || (a.deadlineMs === b.deadlineMs && a.order < b.order);
}
