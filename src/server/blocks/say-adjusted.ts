// What the log says at a start of what operators changed of pools: that it counts, and what of it does not. Words only.

import { containsPort } from "../domain/port-range.js";
import type { PortBlock } from "../domain/port-block.js";
import type { PoolPolicy } from "../domain/pool.js";
import type { PoolAdjustment } from "../domain/records.js";
import type { Log } from "../log.js";

/** `configured`: the names of the pools that there are. */
export function sayAdjusted(
  log: Log,
  adjustments: readonly PoolAdjustment[],
  configured: ReadonlySet<string>,
): void {
  for (const { pool } of adjustments) {
    if (configured.has(pool))
      log.info("operators changed the pool beyond its configuration", { pool });
    else {
      log.warn(
        "what operators changed of a pool is kept though the pool is not configured any more; UpdatePool with reset drops it",
        { pool },
      );
    }
  }
}

export function sayMisfit(log: Log, pool: string, reason: string): void {
  log.warn("what an operator set does not fit the configuration any more and does not count", {
    pool,
    reason,
  });
}

/** Only the configuration's pins are checked before the pool has blocks. */
export function sayPinsOutside(log: Log, policy: PoolPolicy, blocks: readonly PortBlock[]): void {
  const outside = policy.pins
    .map(({ port }) => port)
    .filter((port) => !blocks.some(({ record }) => containsPort(record.ports, port)));
  if (outside.length === 0) return;
  log.warn("pinned ports are in no block of their pool, so that their pins wait for one", {
    pool: policy.name,
    ports: outside.join(", "),
  });
}
