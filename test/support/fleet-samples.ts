// Hosts and leases of a fleet, as a source would tell them: everything that a test does not name is the same each time.

import type { Reading } from "#fleet/api/sliced-page.js";
import type { HostRecord, PoolRecord, ProblemRecord } from "#fleet/records/host-record.js";
import type { LeaseRecord } from "#fleet/records/lease-record.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import { Slices } from "#server/domain/slices.js";
import { FakeClock } from "./fake-clock.js";

export function sampleProblem(fields: Partial<ProblemRecord> = {}): ProblemRecord {
  return {
    severity: "warning",
    reason: "POOL_NEARLY_FULL",
    message: "the pool default is nearly full",
    remedy: "enlarge it",
    pool: "default",
    blockId: "",
    port: 0,
    leaseId: "",
    ...fields,
  };
}

export function samplePool(fields: Partial<PoolRecord> = {}): PoolRecord {
  const usage = {
    total: 100,
    free: 60,
    leased: 40,
    quarantined: 0,
    unavailable: 0,
    largestFreeRun: 50,
  };
  return {
    name: "default",
    protocol: "tcp",
    kind: "held",
    usage,
    waitingRequests: 0,
    ...fields,
  };
}

export function sampleHost(hostId: string, fields: Partial<HostRecord> = {}): HostRecord {
  return {
    hostName: hostId,
    brokerId: `broker-${hostId}`,
    address: `${hostId}.example.com`,
    version: "0.1.0",
    platform: "linux",
    brokerAddresses: [`${hostId}.example.com:7600`],
    dashboardUrl: `http://${hostId}.example.com:7601/`,
    labels: {},
    startedWallMs: Date.UTC(2026, 0, 1),
    saidWallMs: Date.UTC(2026, 0, 1),
    serving: "serving",
    pools: [samplePool()],
    problems: [],
    grants: { firstMinuteWallMs: Date.UTC(2026, 0, 1), counts: [] },
    ...fields,
  };
}

export function sampleLeaseRecord(fields: Partial<LeaseRecord> = {}): LeaseRecord {
  return {
    pool: "default",
    protocol: "tcp",
    port: 20_417,
    portCount: 1,
    service: "orders",
    instance: "",
    labels: {},
    ttlMs: 30_000,
    grantedWallMs: Date.UTC(2026, 0, 1),
    generation: 1,
    binding: "bound",
    unprotected: false,
    draining: false,
    ...fields,
  };
}

export interface FleetLab {
  readonly clock: FakeClock;
  readonly view: FleetView;
  /** A host that is heard from. */
  host(hostId: string, fields?: Partial<HostRecord>): void;
  lease(hostId: string, leaseId: string, fields?: Partial<LeaseRecord>): void;
}

/** An empty view, and what fills it. */
export function fleetLab(): FleetLab {
  const clock = new FakeClock();
  const view = new FleetView(clock);
  view.setSource({ connected: true, detail: "" });
  view.heard();
  return {
    clock,
    view,
    host: (hostId, fields = {}) => {
      const record = sampleHost(hostId, { saidWallMs: clock.wallMs(), ...fields });
      view.putHost(hostId, record);
      view.putPresence(hostId, { brokerId: record.brokerId, startedWallMs: record.startedWallMs });
    },
    lease: (hostId, leaseId, fields = {}) =>
      view.putLease(hostId, leaseId, sampleLeaseRecord(fields)),
  };
}

/** Reads a list in one go. */
export function wholeReading(): Reading {
  const slices = new Slices(new FakeClock(), () => Promise.resolve());
  return { slices, signal: new AbortController().signal, beginLong: () => () => undefined };
}
