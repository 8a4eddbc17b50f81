// How long whoever lost an etcd, or a broker, waits before the next try. Pure: the random number comes in as an argument.

/** Waits before jitter. */
export interface BackoffBounds {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** The first wait of a watch: another member answers at once, and one that restarts within a second. */
export const backoffFirstMs = 100;

/** Its longest wait: a view is to be up to date again soon after etcd is back. */
export const backoffLastMs = 5_000;

export const watchBackoff: BackoffBounds = { firstMs: backoffFirstMs, longestMs: backoffLastMs };

/**
 * The wait before the next try: doubles with each failure, and half of it is random, so that a thousand clients of an etcd that
 * comes back do not call in step.
 *
 * @param failures How many tries failed in a row, 1 or more.
 * @param random From 0 to below 1.
 */
export function backoffMs(
  failures: number,
  random: number,
  { firstMs, longestMs }: BackoffBounds = watchBackoff,
): number {
  // 2^30 is far above the bound and keeps the product finite.
  const fullMs = Math.min(firstMs * 2 ** Math.min(failures - 1, 30), longestMs);
  return fullMs * (0.5 + random / 2);
}
