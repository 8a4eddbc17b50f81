// Time, as a source needs it: a clock, chance, and pauses that can be broken off. Tests bring their own.

import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../../server/domain/boundaries.js";
import { systemClock } from "../../server/system-clock.js";

export interface Pacing {
  readonly clock: Clock;
  /** From 0 to below 1. */
  random(): number;
  /** Resolves when the time is over, or at once when `signal` is or becomes aborted. Never rejects. */
  pause(durationMs: number, signal: AbortSignal): Promise<void>;
}

export const systemPacing: Pacing = {
  clock: systemClock,
  random: () => Math.random(),
  pause: (durationMs, signal) => wait(durationMs, undefined, { signal }).catch(() => undefined),
};
