// How a broker tells its fleet, through etcd, of itself and its leases.

import type { MetricRegistry } from "./metric-registry.js";

/** Counts only rise while the broker runs. */
export interface FleetPublisherStats {
  /** etcd is reached, and this broker is the one that its host's id belongs to. */
  readonly connected: boolean;
  /** Entries that are to be written, each once however often it changed. */
  readonly pending: number;
  readonly puts: number;
  readonly deletes: number;
  readonly transactions: number;
  /** Attempts that etcd did not answer, or refused. */
  readonly failures: number;
  /** Times that what etcd has was compared with what the broker has, and made the same. */
  readonly reconciles: number;
  /** When etcd last did something for it; `null`: never yet. */
  readonly lastSuccessWallMs: number | null;
}

/** `read` answers `null` where the broker publishes to no fleet: it has no such series then. */
export function addFleetPublisherMetrics(
  registry: MetricRegistry,
  read: () => FleetPublisherStats | null,
): void {
  const one = (value: (stats: FleetPublisherStats) => number | null) => (): number | null => {
    const stats = read();
    return stats === null ? null : value(stats);
  };
  registry.level(
    "portlease_fleet_publisher_connected",
    "1 while the broker's leases are told to the fleet; 0 while etcd cannot be reached, or another broker has the host's id.",
    one(({ connected }) => (connected ? 1 : 0)),
  );
  registry.level(
    "portlease_fleet_publisher_pending",
    "Entries that wait to be written to etcd, each once however often it changed.",
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
