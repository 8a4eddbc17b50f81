// How many leases were granted in each minute of the wall clock, for the last hour.

import type { GrantCounts } from "../../fleet/records/host-record.js";
import { grantMinutesMax } from "../../fleet/records/record-limits.js";

const minuteMs = 60_000;

export class GrantMinutes {
  /** Whole ones, oldest first, and behind them the one that is under way. */
  #counts: number[];
  /** When the one under way began. */
  #minuteWallMs: number;
  #granted: number;

  /** `granted`: leases that were granted so far. */
  constructor(wallMs: number, granted: number) {
    this.#minuteWallMs = minuteOf(wallMs);
    this.#counts = [0];
    this.#granted = granted;
  }

  /** To be called a few times a minute at least: what was granted since the last time counts for the minute that is under way. */
  advance(wallMs: number, granted: number): void {
    const minuteWallMs = minuteOf(wallMs);
    const minutes = (minuteWallMs - this.#minuteWallMs) / minuteMs;
    this.#minuteWallMs = minuteWallMs;
    // The clock was set, or this process did not run: minutes before are not beside those after.
    if (minutes < 0 || minutes > grantMinutesMax) this.#counts = [0];
    else for (let passed = 0; passed < minutes; passed += 1) this.#counts.push(0);
    this.#counts = this.#counts.slice(-grantMinutesMax - 1);
    this.#counts.push((this.#counts.pop() ?? 0) + granted - this.#granted);
    this.#granted = granted;
  }

  /** Of whole minutes. */
  get counts(): GrantCounts {
    const counts = this.#counts.slice(0, -1);
    return { firstMinuteWallMs: this.#minuteWallMs - counts.length * minuteMs, counts };
  }
}

function minuteOf(wallMs: number): number {
  return Math.floor(Math.max(0, wallMs) / minuteMs) * minuteMs;
}
