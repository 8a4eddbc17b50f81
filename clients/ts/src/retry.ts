// Repeats a call that is safe to repeat while the broker is away. What makes it safe (a request_id) is the caller's business.

import { backoffMs } from "./backoff.js";
import type { Clock, Timers } from "./clock.js";
import { PortleaseError } from "./errors.js";
import type { Log } from "./log.js";
import { callAborted } from "./unary-call.js";

export interface RetryWorld {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: () => number;
  readonly log: Log;
}

export interface RetryLimits {
  /** How long all tries together may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | null;
}

/**
 * Calls `attempt` with the time that is left until it succeeds, fails for good (anything but UNAVAILABLE), or time is up: then
 * it rejects with the last error. Waits between tries double, and are at least what the broker asks for.
 */
export async function retryUnavailable<T>(
  world: RetryWorld,
  { timeoutMs, signal }: RetryLimits,
  attempt: (leftMs: number) => Promise<T>,
): Promise<T> {
  const endMs = world.clock.monotonicMs() + timeoutMs;
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt(endMs - world.clock.monotonicMs());
    } catch (error) {
      if (!(error instanceof PortleaseError) || error.code !== "UNAVAILABLE") throw error;
      const waitMs = Math.max(backoffMs(failures, world.random()), error.retryDelayMs ?? 0);
      if (world.clock.monotonicMs() + waitMs >= endMs) throw error;
      world.log("info", "the broker is not available; trying again", {
        reason: error.reason,
        message: error.message,
        retryInMs: Math.round(waitMs),
      });
      await pause(world.timers, waitMs, signal);
    }
  }
}

function pause(timers: Timers, ms: number, signal: AbortSignal | null): Promise<void> {
  if (signal?.aborted === true) return Promise.reject(callAborted(signal));
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel();
      reject(callAborted(signal));
    };
    const timer = timers.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
