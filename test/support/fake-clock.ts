// A clock that moves only when told to.

import type { Clock } from "#server/domain/boundaries.js";

export class FakeClock implements Clock {
  #monotonicMs = 1_000;
  #wallMs = Date.UTC(2026, 0, 1);

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  advance(milliseconds: number): void {
    this.#monotonicMs += milliseconds;
    this.#wallMs += milliseconds;
  }

  /** Moves the wall clock alone, as an operator or a time service does. */
  jumpWall(milliseconds: number): void {
    this.#wallMs += milliseconds;
  }
}
