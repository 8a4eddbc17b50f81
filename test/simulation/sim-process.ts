// A process of the simulated host: it has its own view of time, can be paused and killed, and then nothing of it runs any more.
// What it does is its owner's business.

import type { Clock, Timer, Timers } from "@portlease/client";
import { stallCountsMs, stallMinMs } from "#server/domain/lease-clock.js";
import type { Dice } from "./dice.js";
import type { HostTime } from "./host-time.js";

/** How far a process's monotonic clock may run off: far more than real ones do, less than the client's margin of 1 %. */
const rateErrorMax = 0.004;

/** How late a timer fires: mostly hardly at all, seldom by a tick of Windows. */
const timerLateMsMax = 16;

export class SimProcess implements Clock, Timers {
  readonly name: string;
  readonly processId: number;
  readonly #host: HostTime;
  readonly #dice: Dice;
  readonly #offsetMs: number;
  readonly #rate: number;
  #dead = false;
  #pauses = 0;
  #waiting: (() => void)[] = [];
  #catchingUp = 0;
  #pausedAtMs = 0;
  #stalledMs = 0;

  constructor(name: string, processId: number, host: HostTime, dice: Dice, rate?: number) {
    this.name = name;
    this.processId = processId;
    this.#host = host;
    this.#dice = dice;
    this.#offsetMs = 1_000 + dice.integer(100_000);
    this.#rate = rate ?? randomRate(dice);
  }

  get dead(): boolean {
    return this.#dead;
  }

  get paused(): boolean {
    return this.#pauses > 0;
  }

  /** How much of its time so far it could not use, as far as a watchful process notices (lease-clock.ts). */
  get stalledMs(): number {
    return this.#stalledMs;
  }

  /** It was paused, and what came meanwhile was not all seen yet. */
  get catchingUp(): boolean {
    return this.#catchingUp > 0;
  }

  get runs(): boolean {
    return !this.#dead && this.#pauses === 0;
  }

  monotonicMs(): number {
    return this.#offsetMs + this.#host.awakeMs * this.#rate;
  }

  wallMs(): number {
    return this.#host.wallMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const dueMs = this.monotonicMs() + delayMs;
    let cancelled = false;
    const plan = (): void => {
      const lateMs = this.#dice.skewed(0, timerLateMsMax);
      const waitMs = Math.max(0, dueMs - this.monotonicMs()) / this.#rate;
      this.#host.time.after(waitMs + lateMs, () => {
        if (cancelled) return;
        // The clock may have stood still meanwhile.
        if (dueMs - this.monotonicMs() > 0.001) plan();
        else this.run(() => cancelled || callback());
      });
    };
    plan();
    return {
      cancel: () => {
        cancelled = true;
      },
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Happens whether the process runs or is paused, as what it asked the kernel for does; not once it is dead. */
  onDisk(delayMs: number, action: () => void): void {
    this.#host.time.after(delayMs, () => this.#dead || action());
  }

  /** Something reaches the process: it acts on it now, when it runs again, or never. */
  run(action: () => void): void {
    if (this.#dead) return;
    if (this.paused || this.catchingUp) this.#waiting.push(action);
    else action();
  }

  pause(): void {
    if (this.#pauses === 0) this.#pausedAtMs = this.monotonicMs();
    this.#pauses += 1;
  }

  /** No-op unless it is paused. What came meanwhile is seen now, one after the other. */
  resume(): void {
    if (this.#pauses === 0) return;
    this.#pauses -= 1;
    if (this.#pauses > 0) return;
    const pausedMs = this.monotonicMs() - this.#pausedAtMs;
    if (pausedMs > stallMinMs) this.#stalledMs += pausedMs - stallCountsMs;
    this.#catchUp();
  }

  /** It is not paused any more, however often it was. */
  goOn(): void {
    if (this.#pauses > 1) this.#pauses = 1;
    this.resume();
  }

  kill(): void {
    this.#dead = true;
    this.#waiting = [];
  }

  #catchUp(): void {
    this.#catchingUp += 1;
    this.#host.time.after(0, () => {
      this.#catchingUp -= 1;
      if (this.#dead || this.paused || this.catchingUp) return;
      const action = this.#waiting.shift();
      if (action === undefined) return;
      action();
      this.#catchUp();
    });
  }
}

export function randomRate(dice: Dice): number {
  return 1 + dice.between(-rateErrorMax, rateErrorMax);
}
