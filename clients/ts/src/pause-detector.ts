// Notices that this process did not run for a while: stopped, starved, or on a machine that slept. Pure; lease-keeper.ts feeds it.

/**
 * The wall clock is compared too, because the monotonic clock of Linux stands still during sleep. It counts only from here on:
 * smaller steps are corrections of the time.
 */
export const wallJumpMs = 2_000;

/** Timers are never quite on time, least on Windows with its tick of 15.6 ms; a delay below this is no pause. */
export const pauseMsMin = 20;

/** Compares when the process meant to run with when it did. */
export class PauseDetector {
  #expectedMs: number;
  #lastMs: number;
  #lastWallMs: number;

  constructor(nowMs: number, wallMs: number) {
    this.#expectedMs = nowMs;
    this.#lastMs = nowMs;
    this.#lastWallMs = wallMs;
  }

  /** The process means to run again at `atMs` at the latest. */
  expect(atMs: number): void {
    this.#expectedMs = atMs;
  }

  /** The process runs. Returns for how long it did not though it meant to, in milliseconds; 0 for no pause. */
  runs(nowMs: number, wallMs: number): number {
    const lateMs = Math.max(0, nowMs - this.#expectedMs);
    const sleptMs = wallMs - this.#lastWallMs - (nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#lastWallMs = wallMs;
    // One pause counts once, though the timer that was due in it may fire only after this.
    this.#expectedMs = Math.max(this.#expectedMs, nowMs);
    const pausedMs = sleptMs >= wallJumpMs ? Math.max(lateMs, sleptMs) : lateMs;
    return pausedMs >= pauseMsMin ? pausedMs : 0;
  }
}
