// From a lease of the core to what the fleet is told of it. The only place that decides so: no key, no token, no process, no caller.

import type { LeaseRecord as FleetLease } from "../../fleet/records/lease-record.js";
import { portCountOf } from "../domain/port-range.js";
import type { LeaseRecord } from "../domain/records.js";

/** `draining`: an operator drains its block. */
export function toFleetLease(record: LeaseRecord, draining: boolean): FleetLease {
  const { service, instance, labels } = record.holder;
  return {
    pool: record.pool,
    protocol: record.protocol,
    port: record.ports.firstPort,
    portCount: portCountOf(record.ports),
    service,
    instance,
    labels,
    ttlMs: record.ttlMs,
    grantedWallMs: record.createdWallMs,
    generation: record.generation,
    binding: record.binding,
    unprotected: !record.covered,
    draining,
  };
}
