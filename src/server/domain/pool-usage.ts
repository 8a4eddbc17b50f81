// How the ports of several blocks are used, added up.

import type { PortBlock, PortUsage } from "./port-block.js";

export interface PoolUsage extends PortUsage {
  /** Of ports that are pinned to nobody. */
  readonly largestFreeRun: number;
}

/** Linear in the blocks' size, because of the longest run. */
export function usageOf(blocks: readonly PortBlock[]): PoolUsage {
  const sum = { total: 0, free: 0, leased: 0, quarantined: 0, unavailable: 0, largestFreeRun: 0 };
  for (const block of blocks) {
    const usage = block.usage();
    sum.total += usage.total;
    sum.free += usage.free;
    sum.leased += usage.leased;
    sum.quarantined += usage.quarantined;
    sum.unavailable += usage.unavailable;
    sum.largestFreeRun = Math.max(sum.largestFreeRun, block.longestFreeRun());
  }
  return sum;
}
