// Deadlines of the leases that come back at a start. They would all run out at the same instant, when their holders may all
// be about to reach the broker again: what runs out together is spread out. Only ever later than promised.

export interface ReturningLease {
  readonly ttlMs: number;
  /** What is left of the TTL, at most `ttlMs`. */
  readonly remainingMs: number;
}

/** Deadlines that are no further apart count as one instant. */
const slotMs = 100;
/** How many leases may run out in one slot; the others go to later ones. */
const leasesPerSlot = 100;
/** No lease is put off by more than this share of its TTL. */
export const graceShareMax = 0.1;

/** By how much the deadline of each lease is put off, in the order given: 0 to `graceShareMax` of its TTL. */
export function spreadExpiries(leases: readonly ReturningLease[]): readonly number[] {
  const counts = new Map<number, number>();
  for (const { remainingMs } of leases) {
    counts.set(slotOf(remainingMs), (counts.get(slotOf(remainingMs)) ?? 0) + 1);
  }
  const placed = new Map<number, number>();
  return leases.map(({ ttlMs, remainingMs }) => {
    const slot = slotOf(remainingMs);
    const rank = placed.get(slot) ?? 0;
    placed.set(slot, rank + 1);
    const wantedMs = Math.floor(rank / leasesPerSlot) * slotMs;
    // Too many for that: evenly over the longest that each may be put off.
    const graceMaxMs = ttlMs * graceShareMax * (rank / (counts.get(slot) ?? 1));
    return Math.min(wantedMs, graceMaxMs);
  });
}

function slotOf(remainingMs: number): number {
  return Math.floor(remainingMs / slotMs);
}
