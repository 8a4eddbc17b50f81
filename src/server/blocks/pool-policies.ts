// The policies of pools: of those in the configuration, and of those that are gone from it but still have leases.

import type { PoolConfig } from "../config/config.js";
import type { PoolPolicy } from "../domain/pool.js";
import { portCountOf } from "../domain/port-range.js";
import type { BlockRecord, ReservationKind, StoredState } from "../domain/records.js";

export function toPolicy(config: PoolConfig, autoKind: ReservationKind): PoolPolicy {
  const { name, protocol, size, isolation, start } = config;
  const { ttlDefaultMs, ttlMinMs, ttlMaxMs, quarantineMs, portCountMax } = config;
  return {
    name,
    protocol,
    kind: config.kind === "auto" ? autoKind : config.kind,
    kindIsAuto: config.kind === "auto",
    isolation,
    startPort: typeof start === "number" ? start : null,
    pick: start === "any" ? "any" : "auto",
    size,
    sizeMax: config.sizeMax,
    growBy: config.growBy,
    shrinkAfterMs: config.shrinkAfterMs,
    pickPolicy: config.pick,
    pins: config.pins,
    staticPorts: config.staticPorts,
    quota: {
      perService: config.quota.perService,
      services: new Map(Object.entries(config.quota.services)),
    },
    retired: false,
    ttlDefaultMs,
    ttlMinMs,
    ttlMaxMs,
    ttlCrowdedMs: config.ttlCrowdedMs,
    crowdedShare: config.crowdedPercent / 100,
    quarantineMs,
    quarantineShareMax: config.quarantinePercentMax / 100,
    quarantineFloorMs: config.quarantineFloorMs,
    portCountMax,
  };
}

/**
 * Whether a recorded block is the one that the pool asks for. `leased`: it has live leases. One that an operator added is, when
 * the pool is to have its very ports.
 */
export function fits(policy: PoolPolicy, record: BlockRecord, leased: boolean): boolean {
  const { startPort } = policy;
  // Nobody asked for the kind, and no other block can have these ports before the leases end.
  const keepsKind = policy.kindIsAuto && startPort !== null && leased;
  return (
    (startPort === null ? record.origin === "configured" : record.ports.firstPort === startPort) &&
    record.protocol === policy.protocol &&
    (record.kind === policy.kind || keepsKind) &&
    record.isolation === policy.isolation &&
    portCountOf(record.ports) === policy.size
  );
}

/** Rest between two holders for ports of a pool that is gone; nobody gets them from the broker again anyway. */
const retiredQuarantineMs = 5_000;

/** A pool that only lives until its last lease ends: renewals go on, nothing is granted from drained blocks. */
export function retiredPolicy(name: string, state: StoredState): PoolPolicy {
  const ttls = state.leases.filter(({ pool }) => pool === name).map(({ ttlMs }) => ttlMs);
  const block = state.blocks.find(({ pool }) => pool === name);
  return {
    name,
    protocol: block?.protocol ?? "tcp",
    kind: block?.kind ?? "held",
    kindIsAuto: false,
    isolation: block?.isolation ?? "shared",
    startPort: null,
    pick: "auto",
    size: 0,
    sizeMax: 0,
    growBy: 0,
    shrinkAfterMs: 0,
    pickPolicy: "least-recently-used",
    pins: [],
    staticPorts: 0,
    quota: { perService: null, services: new Map() },
    retired: true,
    ttlDefaultMs: Math.max(1_000, ...ttls),
    ttlMinMs: Math.min(1_000, ...ttls),
    ttlMaxMs: Math.max(1_000, ...ttls),
    ttlCrowdedMs: Math.max(1_000, ...ttls),
    crowdedShare: 1,
    quarantineMs: retiredQuarantineMs,
    quarantineShareMax: 1,
    quarantineFloorMs: 0,
    portCountMax: 1,
  };
}
