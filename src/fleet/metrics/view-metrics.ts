// What the fleet is like, in sums over all hosts. Nothing here has a label that names a host or a pool: a fleet of a thousand hosts
// would be some ten thousand series of what each broker's own metrics say better.

import type { MetricRegistry, Sample } from "../../server/metrics/metric-registry.js";

/** What is read of the fleet's view, as it is now. */
export interface FleetNumbers {
  readonly hosts: {
    readonly heardFrom: number;
    readonly notHeardFrom: number;
    readonly stopped: number;
  };
  /** Those that are STALE among them. */
  readonly leases: number;
  readonly staleLeases: number;
  /** Of hosts that are heard from. */
  readonly ports: {
    readonly free: number;
    readonly leased: number;
    readonly quarantined: number;
    readonly unavailable: number;
  };
  readonly problems: { readonly critical: number; readonly warning: number; readonly info: number };
  /** Since the fleet server started. */
  readonly changes: number;
}

export type ReadFleetNumbers = () => FleetNumbers;

export function addViewMetrics(registry: MetricRegistry, read: ReadFleetNumbers): void {
  const by = (label: string, values: Readonly<Record<string, number>>): readonly Sample[] =>
    Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));

  registry.gauge(
    "portlease_fleet_hosts",
    "Hosts by state: heard_from; not_heard_from (silent for longer than it promised, and did not say that it stops); stopped (said so).",
    ["state"],
    () => {
      const { heardFrom, notHeardFrom, stopped } = read().hosts;
      return by("state", { heard_from: heardFrom, not_heard_from: notHeardFrom, stopped });
    },
  );
  registry.level(
    "portlease_fleet_leases",
    "Leases of all hosts, those that are STALE among them.",
    () => read().leases,
  );
  registry.level(
    "portlease_fleet_stale_leases",
    "Leases of hosts that are not heard from: they were there when their hosts were last heard.",
    () => read().staleLeases,
  );
  registry.gauge(
    "portlease_fleet_ports",
    "Ports of all hosts that are heard from, by state: free, leased, quarantined, unavailable.",
    ["state"],
    () => by("state", { ...read().ports }),
  );
  registry.gauge(
    "portlease_fleet_problems",
    "Problems of the fleet and of all of its hosts, by severity.",
    ["severity"],
    () => by("severity", { ...read().problems }),
  );
  registry.total(
    "portlease_fleet_changes_total",
    "Changes that the view of the fleet has taken in: hosts and leases that came, changed or went.",
    () => read().changes,
  );
}
