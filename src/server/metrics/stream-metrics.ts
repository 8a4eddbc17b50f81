// The streams on which services keep leases, and on which leases are watched.

import type { MetricRegistry } from "./metric-registry.js";

export interface StreamSource {
  readonly sessionCount: () => number;
  readonly watches: { readonly size: number; readonly lagRevisions: number };
}

export function addStreamMetrics(
  registry: MetricRegistry,
  { sessionCount, watches }: StreamSource,
): void {
  registry.level(
    "portlease_sessions",
    "Sessions that are open: streams on which services keep their leases.",
    sessionCount,
  );
  registry.level(
    "portlease_watch_streams",
    "Watches over leases that are open.",
    () => watches.size,
  );
  registry.level(
    "portlease_watch_lag_revisions",
    "Revisions by which the slowest watch over leases is behind what is on disk.",
    () => watches.lagRevisions,
  );
}
