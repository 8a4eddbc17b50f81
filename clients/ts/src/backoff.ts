// How long to wait before the next try. Pure: the random number comes in as an argument.

/** The first wait, before jitter: a broker that only restarts is back within a second. */
export const backoffFirstMs = 100;

/** The longest wait, before jitter: short enough that a lease of 30 s sees several tries. */
export const backoffLastMs = 5_000;

/**
 * The wait before try number `failures` + 1: doubles with each failure from 100 ms up to `lastMs`, and half of it is random,
 * so that many clients of a broker that comes back do not call in step.
 *
 * @param failures How many tries failed in a row, 1 or more.
 * @param random From 0 to below 1.
 * @param lastMs The upper bound; default 5 s.
 */
export function backoffMs(
  failures: number,
  random: number,
  lastMs: number = backoffLastMs,
): number {
  // 2^30 is far above any bound and keeps the product finite.
  const fullMs = Math.min(backoffFirstMs * 2 ** Math.min(failures - 1, 30), lastMs);
  return fullMs * (0.5 + random / 2);
}
