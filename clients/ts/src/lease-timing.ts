// When a lease is renewed, in jeopardy and lost, as shares of its TTL. Pure arithmetic; lease-track.ts decides with it.

/**
 * A renewal is due when about a third of the TTL has gone: two more tries fit in before the lease is in jeopardy and more after.
 */
export const renewAfterShare = 1 / 3;

/** A renewal may come earlier by this share of its wait, so that leases granted together do not stay in step. */
export const renewJitterShare = 0.1;

/** A lease is in jeopardy when less than this share of its TTL is left: renewals are overdue by a third of the TTL then. */
export const jeopardyLeftShare = 1 / 3;

/**
 * A lease counts as lost this share of its TTL before its deadline. Broker and client of one host read one clock, so 1 % is
 * for a broker in a virtual machine: the kernel corrects a clock by at most 0.05 % (https://man7.org/linux/man-pages/man2/adjtimex.2.html)
 * and crystals are off by less than 0.02 %.
 */
export const safetyMarginShare = 0.01;

/** And this much, for timers that fire late (a Windows timer tick is 15.6 ms) and for the rounding of durations. */
export const safetyMarginMs = 20;

/** A pause of the process matters to a lease when it was longer than this share of its TTL. */
export const pauseShare = 0.1;

/** After a pause past the deadline the broker has this share of the TTL to answer; then the lease is lost. */
export const doubtShare = 1 / 3;

/** Moments of one lease, by the client's monotonic clock. */
export interface LeaseMoments {
  /** From here on the lease is in jeopardy unless it was renewed. */
  readonly jeopardyAtMs: number;
  /** From here on the lease is lost unless it was renewed: before `deadlineMs`. */
  readonly lostAtMs: number;
}

/** @param deadlineMs When the broker may give the port to somebody else. */
export function leaseMoments(deadlineMs: number, ttlMs: number): LeaseMoments {
  // Half of the TTL keeps the moments in order for a TTL of a few milliseconds, as only tests have.
  const marginMs = Math.min(ttlMs * safetyMarginShare + safetyMarginMs, ttlMs / 2);
  return {
    jeopardyAtMs: Math.min(deadlineMs - ttlMs * jeopardyLeftShare, deadlineMs - marginMs),
    lostAtMs: deadlineMs - marginMs,
  };
}

/**
 * The earliest moment at which the broker can have granted what it answered: the request had been sent, and then the broker
 * took `waitMs` by its own word, which is believed only as far as the answer took that long.
 */
export function grantMoment(sentAtMs: number, answeredAtMs: number, waitMs: number): number {
  return Math.min(sentAtMs + waitMs, answeredAtMs);
}

/** When to renew a lease whose TTL began at `fromMs`. `random` is from 0 to below 1. */
export function renewMoment(fromMs: number, ttlMs: number, random: number): number {
  return fromMs + ttlMs * renewAfterShare * (1 - renewJitterShare * random);
}
