// Puts the services of the API together from the parts of a broker, before anybody guards them.

import { type HostPorts, readUnprivilegedPortStart } from "@portlease/native";
import { portExplainer } from "./explain/port-explainer.js";
import { adminService, type BrokerFacts, type Whereabouts } from "./grpc/admin-service.js";
import type { ConfigCalls } from "./grpc/config-calls.js";
import { brokerServices } from "./grpc/broker-services.js";
import type { ServedService } from "./grpc/guarded-services.js";
import type { LiveView } from "./grpc/open-live-view.js";
import { leaseService } from "./grpc/lease-service.js";
import type { ClaimProcess } from "./grpc/parse.js";
import type { PeerConnections } from "./grpc/peer-connections.js";
import type { SessionRegistry } from "./grpc/session-registry.js";
import type { WatchRegistry } from "./grpc/watch-registry.js";
import type { Log } from "./log.js";
import type { OpenCore } from "./open-core.js";
import type { PeerProcesses } from "./peer-processes.js";
import type { Transfers } from "./transfers.js";

export interface ApiServiceParts {
  readonly hostPorts: HostPorts;
  readonly connections: PeerConnections;
  readonly processes: PeerProcesses;
  readonly transfers: Transfers;
  readonly sessions: SessionRegistry;
  readonly watches: WatchRegistry;
  readonly facts: BrokerFacts;
  readonly whereabouts: () => Whereabouts;
  readonly view: LiveView;
  readonly configuration: ConfigCalls;
}

export function apiServices(
  { broker, clock, blocks, history }: OpenCore,
  parts: ApiServiceParts,
  log: Log,
): readonly ServedService[] {
  const { hostPorts, connections, processes, transfers, sessions, watches } = parts;
  const { facts, whereabouts, view, configuration } = parts;
  const claimProcess: ClaimProcess = (peer, processId) =>
    processes.claim(connections.find(peer), processId);
  const holders = { claimProcess, transfers, sessions, watches };
  const sources = { hostPorts, unprivilegedPortStart: readUnprivilegedPortStart };
  const explain = portExplainer(sources, broker, clock);
  const operators = {
    blocks,
    facts,
    whereabouts,
    configuration,
    ...view,
    ranges: hostPorts,
    explain,
  };
  const shared = { broker, clock, history, log };
  return brokerServices({
    lease: leaseService({ ...shared, ...holders }),
    admin: adminService({ ...shared, ...operators }),
  });
}
