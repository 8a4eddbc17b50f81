// Which ports rest after a restart before they are leased again.

import { returningInstance } from "../domain/affinity.js";
import type { PoolPolicy } from "../domain/pool.js";
import type { PortBlock } from "../domain/port-block.js";
import type { EndedLeaseRecord } from "../domain/records.js";
import { sharedPorts } from "../domain/shared-ports.js";
import type { Log } from "../log.js";

/**
 * Quarantine goes on across a restart, also when the block is another one on the same ports. Only the wall clock knows for how
 * long; one that was set back makes it longer. `recentEnds`: in the order of their ends.
 */
export function restRecentlyEnded(
  block: PortBlock,
  { quarantineMs }: PoolPolicy,
  recentEnds: readonly EndedLeaseRecord[],
  nowWallMs: number,
): void {
  // The newest first: a port rests after its last lease, and for nobody who had it before.
  for (const { lease, reason, endedWallMs } of recentEnds.toReversed()) {
    const ports = sharedPorts(lease, block.record);
    if (ports === null) continue;
    const restMs = quarantineMs - Math.max(0, nowWallMs - endedWallMs);
    if (restMs > 0) block.restUnleased(ports, restMs, returningInstance(lease, reason));
  }
}

/**
 * Somebody may have a lease that the store does not know: its port must not be granted before it has run out. `unknownForMs`: how
 * much of that time has passed, by the wall clock; one that was set back makes it longer. A no-op when all of it has.
 */
export function restFree(
  blocks: readonly PortBlock[],
  policy: PoolPolicy,
  unknownForMs: number,
  log: Log,
): void {
  const restMs = policy.ttlMaxMs - Math.max(0, unknownForMs);
  if (restMs <= 0) return;
  for (const block of blocks) block.restAllUnleased(restMs);
  log.warn(
    "the data directory was restored or replaced: every port without a known lease rests for the pool's longest TTL; " +
      "where no lease can have been that long, a smaller ttl.max shortens the wait",
    { pool: policy.name, ttlMs: policy.ttlMaxMs, durationMs: restMs },
  );
}
