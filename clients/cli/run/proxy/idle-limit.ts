// Notices a connection on which nothing was passed on for a time. One timer per connection, however much is passed on.

import type { Clock, Timer, Timers } from "@portlease/client";

export class IdleLimit {
  readonly #limitMs: number | null;
  readonly #time: Clock & Timers;
  readonly #reached: () => void;
  #touchedAtMs: number;
  #timer: Timer | null = null;

  /** `limitMs` is `null` for no limit. `reached` is called once at most. */
  constructor(limitMs: number | null, time: Clock & Timers, reached: () => void) {
    this.#limitMs = limitMs;
    this.#time = time;
    this.#reached = reached;
    this.#touchedAtMs = time.monotonicMs();
    if (limitMs !== null) this.#check(limitMs);
  }

  /** Something was passed on. */
  touch(): void {
    if (this.#limitMs !== null) this.#touchedAtMs = this.#time.monotonicMs();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #check(limitMs: number): void {
    const leftMs = this.#touchedAtMs + limitMs - this.#time.monotonicMs();
    if (leftMs > 0) this.#timer = this.#time.after(leftMs, () => this.#check(limitMs));
    else this.#reached();
  }
}
