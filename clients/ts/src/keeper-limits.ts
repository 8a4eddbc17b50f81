// The limits of keeping leases alive, each with its reason. Moments of a single lease are in lease-timing.ts.

import { backoffLastMs } from "./backoff.js";

/** The API's limit of one RenewLeases message. */
export const renewalsPerMessageMax = 1_000;

/** Leases that are granted together are renewed together: the first renewal waits this long for others. */
export const gatherMs = 20;

/** While it has leases a client looks at the clock this often at least, so that it notices when the machine slept. */
export const pulseMs = 1_000;

/** A renewal takes along the leases that are due within a twentieth of their TTL, and at most within a second. */
export function takeAlongMs(ttlMs: number): number {
  return Math.min(ttlMs / 20, 1_000);
}

/**
 * A renewal that is not answered for a sixth of the shortest TTL (250 ms to 5 s) was lost: the stream is given up. So at least
 * one more try fits in before the lease is in jeopardy.
 */
export function answerMsMax(ttlMsMin: number): number {
  return Math.min(Math.max(ttlMsMin / 6, 250), 5_000);
}

/** Tries to reach the broker again, or to renew again, are at most a tenth of the shortest TTL apart, and at most 5 s. */
export function retryMsMax(ttlMsMin: number): number {
  return Math.min(ttlMsMin / 10, backoffLastMs);
}

/** The longest delay that the broker may ask for between two tries: less than the wait that puts a lease in jeopardy. */
export function askedRetryMsMax(ttlMs: number): number {
  return ttlMs / 6;
}
