// Hands the parts of a broker to its metrics.

import type { HostPorts } from "@portlease/native";
import type { FleetStats } from "./fleet/fleet-stats.js";
import type { BrokerFacts } from "./grpc/admin-service.js";
import type { SessionRegistry } from "./grpc/session-registry.js";
import type { WatchRegistry } from "./grpc/watch-registry.js";
import { BrokerMetrics } from "./metrics/broker-metrics.js";
import type { OpenCore } from "./open-core.js";
import type { OpenedThings } from "./opened-things.js";
import type { Servers } from "./servers.js";
import { dataDirectoryAt } from "./store/data-directory.js";
import { systemClock } from "./system-clock.js";

export interface MeasuredParts {
  readonly core: OpenCore;
  readonly facts: BrokerFacts;
  readonly server: Pick<Servers, "counters" | "connectionCount" | "identity">;
  readonly sessions: Pick<SessionRegistry, "size">;
  readonly watches: Pick<WatchRegistry, "size" | "lagRevisions">;
  readonly hostPorts: Pick<HostPorts, "excludedRanges">;
  readonly fleetPublisher: () => FleetStats | null;
}

export function openMetrics(parts: MeasuredParts, opened: OpenedThings): BrokerMetrics {
  const { core, facts, server, sessions, watches, hostPorts, fleetPublisher } = parts;
  const { databasePath, walPath } = dataDirectoryAt(facts.dataDirectory);
  const metrics = new BrokerMetrics({
    broker: core.broker,
    facts,
    replayMs: core.replayMs,
    history: core.history,
    storeFiles: { database: databasePath, log: walPath },
    calls: server.counters,
    connectionCount: () => server.connectionCount,
    sessionCount: () => sessions.size,
    watches,
    tls: () => server.identity,
    excludedRanges: (protocol) => hostPorts.excludedRanges(protocol),
    fleetPublisher,
    clock: systemClock,
  });
  opened.add(() => metrics.close());
  return metrics;
}
