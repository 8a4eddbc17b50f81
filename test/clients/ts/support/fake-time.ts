// A clock and timers that move only when told to: running normally, stopped as a paused process is, or asleep.

import type { Clock, Timer, Timers } from "@portlease/client";

interface Waiting {
  readonly atMs: number;
  readonly callback: () => void;
}

export class FakeTime implements Clock, Timers {
  #monotonicMs = 5_000;
  #wallMs = Date.UTC(2026, 0, 1);
  readonly #waiting = new Set<Waiting>();

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const waiting: Waiting = { atMs: this.#monotonicMs + delayMs, callback };
    this.#waiting.add(waiting);
    return { cancel: () => void this.#waiting.delete(waiting) };
  }

  /** How many calls are still to come: a client at rest must leave none. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Lets time pass as a running process sees it: each timer is called at its moment. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      const next = this.#next();
      if (next === null || next.atMs > endMs) break;
      this.#move(Math.max(0, next.atMs - this.#monotonicMs));
      this.#call(next);
    }
    this.#move(endMs - this.#monotonicMs);
  }

  /** Time passes while the process does not run; then it runs again, and late timers are called. */
  pause(ms: number): void {
    this.#move(ms);
    this.advance(0);
  }

  /** The machine sleeps as Linux counts it: the monotonic clock stands still. */
  sleep(ms: number): void {
    this.#wallMs += ms;
  }

  /** Time passes without any timer being called yet: what code sees that runs before them. */
  pass(ms: number): void {
    this.#move(ms);
  }

  #next(): Waiting | null {
    let next: Waiting | null = null;
    for (const waiting of this.#waiting)
      if (next === null || waiting.atMs < next.atMs) next = waiting;
    return next;
  }

  #call(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    waiting.callback();
  }

  #move(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }
}
