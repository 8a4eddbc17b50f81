// The clocks of the simulated host: how long it has been awake, and what its wall clock says. Both may go against true time.

import type { VirtualTime } from "./virtual-time.js";

export class HostTime {
  readonly time: VirtualTime;
  /** Whether the monotonic clock counts the time asleep: that of Windows does, that of Linux does not (semantics.md 7). */
  readonly countsSleep: boolean;
  #asleepSinceMs: number | null = null;
  #sleptMs = 0;
  #wallOffsetMs = Date.UTC(2026, 0, 1);
  #wallJumps = 0;

  constructor(time: VirtualTime, countsSleep: boolean) {
    this.time = time;
    this.countsSleep = countsSleep;
  }

  /** What the monotonic clocks of the host are made of. */
  get awakeMs(): number {
    const { nowMs } = this.time;
    if (this.countsSleep) return nowMs;
    return (this.#asleepSinceMs ?? nowMs) - this.#sleptMs;
  }

  get wallMs(): number {
    return this.#wallOffsetMs + this.time.nowMs;
  }

  /** How often somebody set the wall clock. */
  get wallJumps(): number {
    return this.#wallJumps;
  }

  get asleep(): boolean {
    return this.#asleepSinceMs !== null;
  }

  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
    this.#wallJumps += 1;
  }

  fallAsleep(): void {
    this.#asleepSinceMs ??= this.time.nowMs;
  }

  wakeUp(): void {
    if (this.#asleepSinceMs === null) return;
    if (!this.countsSleep) this.#sleptMs += this.time.nowMs - this.#asleepSinceMs;
    this.#asleepSinceMs = null;
  }
}
