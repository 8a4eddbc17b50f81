// How long a watch waits before it tries etcd again. Pure: the random number comes in as an argument.

/** The first wait, before jitter: another member answers at once, and one that restarts within a second. */
export const backoffFirstMs = 100;

/** The longest wait, before jitter: a view is to be up to date again soon after etcd is back. */
export const backoffLastMs = 5_000;

/**
 * The wait before the next try: doubles with each failure, and half of it is random, so that a thousand clients of an etcd that
 * comes back do not call in step.
 *
 * @param failures How many tries failed in a row, 1 or more.
 * @param random From 0 to below 1.
 */
export function backoffMs(failures: number, random: number): number {
  // 2^30 is far above the bound and keeps the product finite.
  const fullMs = Math.min(backoffFirstMs * 2 ** Math.min(failures - 1, 30), backoffLastMs);
  return fullMs * (0.5 + random / 2);
}
