// Where a data directory begins to count. Derived from the time, so that generations never go back even when a data
// directory is lost: a broker makes far fewer than one million changes per second (semantics.md 4).

const epochWallMs = Date.UTC(2025, 0, 1);

/** Microseconds since 2025-01-01 UTC; 1 when the clock is before that. Stays below 2^53 until the year 2310. */
export function firstRevision(nowWallMs: number): number {
  return Math.max(1, Math.floor((nowWallMs - epochWallMs) * 1_000));
}

/** False when the clock of the host cannot be right, so that `firstRevision` promises nothing. */
export function clockIsPlausible(nowWallMs: number): boolean {
  return nowWallMs > epochWallMs;
}
