// The metrics of a fleet server without a fleet server: over a view that nobody fills but the test.

import { FleetMetrics, type FleetMetricsSources } from "#fleet/metrics/fleet-metrics.js";
import type { SourceStats } from "#fleet/sources/fleet-source.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import { RpcCounters } from "#server/grpc/rpc-counters.js";
import { FakeClock } from "./fake-clock.js";

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
    view: new FleetView(new FakeClock()),
    watcherCount: () => 0,
    ...changed,
  });
}
