// Makes leases as they are in memory. All are made here, so that they have one shape: there may be as many as ports.

import type { ActiveLease } from "./lease-table.js";

/** What a lease begins with. */
export type LeaseStart = Pick<
  ActiveLease,
  | "record"
  | "block"
  | "holderKey"
  | "deadlineMs"
  | "unrenewedGraceMs"
  | "renewedWallMs"
  | "told"
  | "warnings"
>;

export function activeLease(start: LeaseStart): ActiveLease {
  return {
    record: start.record,
    sentRecord: null,
    block: start.block,
    holderKey: start.holderKey,
    deadlineMs: start.deadlineMs,
    unrenewedGraceMs: start.unrenewedGraceMs,
    renewedWallMs: start.renewedWallMs,
    told: start.told,
    ttlChanges: 0,
    ending: null,
    warnings: start.warnings,
    sight: null,
    tableNumber: null,
  };
}
