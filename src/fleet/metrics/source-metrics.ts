// What feeds the fleet's view: whether it is heard, and what it took to keep up with it.

import type { MetricRegistry } from "../../server/metrics/metric-registry.js";
import type { FleetSource } from "../sources/fleet-source.js";
import type { FleetReader } from "../view/fleet-reader.js";

export function addSourceMetrics(
  registry: MetricRegistry,
  source: Pick<FleetSource, "stats">,
  view: Pick<FleetReader, "source">,
): void {
  registry.level(
    "portlease_fleet_source_connected",
    "1 while what the view comes from is heard: etcd, or all brokers of the list; else 0, and the view grows old.",
    () => (view.source().connected ? 1 : 0),
  );
  registry.level(
    "portlease_fleet_source_silence_seconds",
    "Seconds since what the view comes from was last heard. Not there while it never was.",
    () => {
      const { sinceHeardMs } = source.stats;
      return sinceHeardMs === null ? null : sinceHeardMs / 1_000;
    },
  );
  registry.level(
    "portlease_fleet_unreadable_entries",
    "Entries that cannot be understood now, and are left out of the view.",
    () => source.stats.unreadable,
  );
  registry.total(
    "portlease_fleet_source_events_total",
    "Changes that etcd or the brokers told.",
    () => source.stats.events,
  );
  registry.total(
    "portlease_fleet_source_snapshots_total",
    "Times that everything was read anew: the first time, and where a watch could not go on.",
    () => source.stats.snapshots,
  );
  registry.total(
    "portlease_fleet_source_resumes_total",
    "Times that a watch broke off and went on from where it had been.",
    () => source.stats.resumes,
  );
  registry.total(
    "portlease_fleet_source_compactions_total",
    "Times that what a watch wanted next was compacted away, so that everything had to be read anew.",
    () => source.stats.compactions,
  );
  registry.total(
    "portlease_fleet_source_failures_total",
    "Times that etcd or a broker could not be reached, or broke off.",
    () => source.stats.failures,
  );
  registry.total(
    "portlease_fleet_retired_hosts_total",
    "Hosts that were removed because they were not heard from for the whole retention.",
    () => source.stats.retired,
  );
}
