// Time that passes only from event to event, in one order: by moment, then by who asked first. Knows nothing of processes.

export interface Planned {
  /** No-op when it has happened or was cancelled. */
  cancel(): void;
}

interface Entry {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | null;
}

export class VirtualTime {
  #nowMs = 0;
  #order = 0;
  /** A binary heap: the earliest first. */
  readonly #heap: Entry[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Plans an event; a moment in the past means now. */
  at(atMs: number, run: () => void): Planned {
    const entry: Entry = { atMs: Math.max(atMs, this.#nowMs), order: this.#order, run };
    this.#order += 1;
    this.#push(entry);
    return {
      cancel: () => {
        entry.run = null;
      },
    };
  }

  after(delayMs: number, run: () => void): Planned {
    return this.at(this.#nowMs + delayMs, run);
  }

  /** Lets the next event happen. False, with the time at `untilMs`, when none is left before then. */
  step(untilMs: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return false;
      }
      this.#pop();
      if (next.run === null) continue;
      this.#nowMs = next.atMs;
      next.run();
      return true;
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = index * 2 + 1;
      const leftEntry = heap[left];
      if (leftEntry === undefined) break;
      const rightEntry = heap[left + 1];
      const useRight = rightEntry !== undefined && isBefore(rightEntry, leftEntry);
      const child = useRight ? rightEntry : leftEntry;
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = useRight ? left + 1 : left;
    }
    heap[index] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Lets every promise chain that needs no further event run to its end. Takes no time of any clock. */
export function drainPromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
