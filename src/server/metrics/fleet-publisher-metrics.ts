// How a broker tells its fleet, through etcd, of itself and its leases.

import type { FleetStats } from "../fleet/fleet-stats.js";
import type { MetricRegistry } from "./metric-registry.js";

/** `read` answers `null` where the broker publishes to no fleet: it has no such series then. */
export function addFleetPublisherMetrics(
  registry: MetricRegistry,
  read: () => FleetStats | null,
): void {
  const one = (value: (stats: FleetStats) => number | null) => (): number | null => {
    const stats = read();
    return stats === null ? null : value(stats);
  };
  registry.level(
    "portlease_fleet_publisher_connected",
    "1 while the broker's leases are told to the fleet; 0 while etcd cannot be reached, or another broker has the host's id.",
    one(({ connected }) => (connected ? 1 : 0)),
  );
  registry.level(
    "portlease_fleet_publisher_host_id_taken",
    "1 while another broker that is there calls its host by the same id, so that this one does not publish; else 0.",
    one(({ hostIdTaken }) => (hostIdTaken ? 1 : 0)),
  );
  registry.level(
    "portlease_fleet_publisher_pending",
    "Leases whose last change etcd does not have yet, each once however often it changed. 0 while etcd is away: all are compared then.",
    one(({ pending }) => pending),
  );
  registry.counter(
    "portlease_fleet_publisher_published_total",
    "Entries that were written to etcd (put) or removed from it (delete).",
    ["operation"],
    () => {
      const stats = read();
      if (stats === null) return [];
      const { puts, deletes } = stats;
      return Object.entries({ put: puts, delete: deletes }).map(([operation, value]) => ({
        labels: { operation },
        value,
      }));
    },
  );
  registry.total(
    "portlease_fleet_publisher_transactions_total",
    "Transactions that etcd did; the entries published divided by them are the mean size of a batch.",
    one(({ transactions }) => transactions),
  );
  registry.total(
    "portlease_fleet_publisher_failures_total",
    "Attempts to publish that etcd refused or did not answer.",
    one(({ failures }) => failures),
  );
  registry.total(
    "portlease_fleet_publisher_reconciles_total",
    "Times that what etcd has of the host was compared with what the broker has, and the difference made good.",
    one(({ reconciles }) => reconciles),
  );
  registry.level(
    "portlease_fleet_publisher_last_success_timestamp_seconds",
    "When something was last published, in seconds since 1970. Not there while nothing was.",
    one(({ lastSuccessWallMs }) => (lastSuccessWallMs === null ? null : lastSuccessWallMs / 1_000)),
  );
}
