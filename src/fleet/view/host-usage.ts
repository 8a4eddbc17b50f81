// How the ports of a host are used, from its pools.

import type { PoolRecord, UsageRecord } from "../records/host-record.js";

export const noUsage: UsageRecord = {
  total: 0,
  free: 0,
  leased: 0,
  quarantined: 0,
  unavailable: 0,
  largestFreeRun: 0,
};

export function usageOfAll(pools: readonly PoolRecord[]): UsageRecord {
  return pools.reduce(
    (sum, { usage }) => ({
      total: sum.total + usage.total,
      free: sum.free + usage.free,
      leased: sum.leased + usage.leased,
      quarantined: sum.quarantined + usage.quarantined,
      unavailable: sum.unavailable + usage.unavailable,
      largestFreeRun: Math.max(sum.largestFreeRun, usage.largestFreeRun),
    }),
    noUsage,
  );
}
