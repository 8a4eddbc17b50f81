// How long to wait before the broker is asked again. It is on this host or near: soon at first, and never for long.

const firstMs = 500;
const longestMs = 10_000;

/** `attempt` counts from 0; `random` is 0 to 1, so that many pages do not ask at the same moment after a restart. */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.75 + 0.25 * random));
}
