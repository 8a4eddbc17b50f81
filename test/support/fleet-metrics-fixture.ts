// The metrics of a fleet server without a fleet server: what they read is given.

import { FleetMetrics, type FleetMetricsSources } from "#fleet/metrics/fleet-metrics.js";
import type { FleetNumbers } from "#fleet/metrics/view-metrics.js";
import type { SourceStats } from "#fleet/sources/fleet-source.js";
import { RpcCounters } from "#server/grpc/rpc-counters.js";
import { FakeClock } from "./fake-clock.js";

export const emptyFleet: FleetNumbers = {
  hosts: { heardFrom: 0, notHeardFrom: 0, stopped: 0 },
  leases: 0,
  staleLeases: 0,
  ports: { free: 0, leased: 0, quarantined: 0, unavailable: 0 },
  problems: { critical: 0, warning: 0, info: 0 },
  changes: 0,
};

export const quietSource: SourceStats = {
  snapshots: 0,
  resumes: 0,
  compactions: 0,
  events: 0,
  failures: 0,
  retired: 0,
  unreadable: 0,
  sinceHeardMs: null,
};

/** Close it. */
export function fleetMetricsOf(changed: Partial<FleetMetricsSources> = {}): FleetMetrics {
  return new FleetMetrics({
    facts: { version: "1.2.3", host: "ci", platform: "linux", startedWallMs: 0 },
    tls: () => null,
    calls: new RpcCounters(new FakeClock()),
    connectionCount: () => 0,
    source: { stats: quietSource },
    sourceState: () => ({ connected: false }),
    numbers: () => emptyFleet,
    watcherCount: () => 0,
    ...changed,
  });
}
