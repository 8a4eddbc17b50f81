// What the fleet is like, in sums over all hosts. Nothing here has a label that names a host or a pool: a fleet of a thousand hosts
// would be some ten thousand series of what each broker's own metrics say better.

import type { MetricRegistry, Sample } from "../../server/metrics/metric-registry.js";
import type { FleetReader } from "../view/fleet-reader.js";

export type MeasuredView = Pick<FleetReader, "changes" | "totals" | "problems">;

export function addViewMetrics(registry: MetricRegistry, view: MeasuredView): void {
  const by = (label: string, values: Readonly<Record<string, number>>): readonly Sample[] =>
    Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));

  registry.gauge(
    "portlease_fleet_hosts",
    "Hosts by state: heard_from; not_heard_from (silent for longer than it promised, and did not say that it stops); stopped (said so).",
    ["state"],
    () => {
      const { hosts } = view.totals();
      return by("state", {
        heard_from: hosts["heard-from"],
        not_heard_from: hosts["not-heard-from"],
        stopped: hosts.stopped,
      });
    },
  );
  registry.level(
    "portlease_fleet_leases",
    "Leases of all hosts, those that are STALE among them.",
    () => view.totals().leases,
  );
  registry.level(
    "portlease_fleet_stale_leases",
    "Leases of hosts that are not heard from: they were there when their hosts were last heard.",
    () => view.totals().staleLeases,
  );
  registry.gauge(
    "portlease_fleet_ports",
    "Ports of all hosts that are heard from, by state: free, leased, quarantined, unavailable.",
    ["state"],
    () => {
      const { free, leased, quarantined, unavailable } = view.totals().usage;
      return by("state", { free, leased, quarantined, unavailable });
    },
  );
  registry.gauge(
    "portlease_fleet_problems",
    "Problems of the fleet and of all of its hosts, by severity.",
    ["severity"],
    () => {
      const counts = { critical: 0, warning: 0, info: 0 };
      for (const { problem } of view.problems()) counts[problem.severity] += 1;
      return by("severity", counts);
    },
  );
  registry.total(
    "portlease_fleet_changes_total",
    "Changes that the view of the fleet has taken in: hosts and leases that came, changed or went.",
    () => view.changes,
  );
}
