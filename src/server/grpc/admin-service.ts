// The handlers of AdminService that this version has: what the broker is, its pools and its blocks. The others say so.

import type {
  AdminServiceServer,
  GetBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { ServingState } from "@portlease/proto/portlease/v1/admin_service.js";
import type { BlockManager } from "../blocks/block-manager.js";
import type { Broker } from "../domain/broker.js";
import type { Clock } from "../domain/boundaries.js";
import type { LeaseHistory } from "../domain/lease-history.js";
import type { ReservationKind } from "../domain/records.js";
import type { ExplainPort } from "../explain/port-explainer.js";
import { findProblems } from "../live/find-problems.js";
import type { FoundProblem } from "../live/problem.js";
import type { UsageHistory } from "../live/usage-history.js";
import type { Log } from "../log.js";
import { auditPorts } from "./audit-ports.js";
import { blockHandlers } from "./admin-blocks.js";
import { poolHandlers } from "./admin-pools.js";
import { type ConfigCalls, configHandlers } from "./config-calls.js";
import { wireKind } from "./convert.js";
import { explainPortCall } from "./explain-port.js";
import { exportState } from "./export-state.js";
import { getUsageHistory } from "./get-usage-history.js";
import { unary } from "./handler.js";
import { pageSizeMax } from "./page.js";
import { messageBytesMax, streamsPerConnectionMax, type TransportLimits } from "./limits.js";
import { listLeaseEvents } from "./list-lease-events.js";
import { type HostRanges, listExcludedRanges } from "./list-excluded-ranges.js";
import { listPorts } from "./list-ports.js";
import type { LiveWatches } from "./live-watches.js";
import { revokeLease } from "./revoke-lease.js";
import { renewalsPerMessageMax } from "./session.js";
import { toDuration } from "./time.js";
import { watchersMax } from "./watch-registry.js";
import { toWireProblem } from "./wire-live.js";

/** What is known about the broker from its start on. */
export interface BrokerFacts {
  readonly version: string;
  readonly host: string;
  readonly platform: string;
  readonly elevated: boolean;
  /** What the kind "auto" stands for; it may change when a kind is refused. */
  readonly autoKind: { readonly kind: ReservationKind; readonly reason: string };
  readonly processId: number;
  readonly startedWallMs: number;
  readonly startedMonotonicMs: number;
  readonly dataDirectory: string;
  /** As they are now: a reload may change them. */
  readonly limits: TransportLimits;
}

/** Where the broker is reached, from when it listens on. */
export interface Whereabouts {
  /** As the discovery file has them. */
  readonly addresses: readonly string[];
  /** "": nowhere. */
  readonly dashboardUrl: string;
  /** What keeps the audit log from being written now; `null`: nothing. */
  readonly auditLogProblem: string | null;
  /** What keeps the fleet from hearing of the broker now; `null`: nothing. */
  readonly fleetProblem: FoundProblem | null;
}

export interface AdminServiceDependencies {
  readonly broker: Broker;
  readonly blocks: BlockManager;
  readonly clock: Clock;
  readonly facts: BrokerFacts;
  readonly whereabouts: () => Whereabouts;
  readonly ranges: HostRanges;
  readonly explain: ExplainPort;
  readonly history: LeaseHistory;
  readonly live: LiveWatches;
  readonly usage: UsageHistory;
  readonly configuration: ConfigCalls;
  readonly log: Log;
}

export function adminService(dependencies: AdminServiceDependencies): AdminServiceServer {
  const { broker, blocks, clock, facts, whereabouts, ranges, explain, history, log } = dependencies;
  return {
    getBroker: unary(log, "GetBroker", () => toBroker(broker, clock, facts, whereabouts())),
    ...poolHandlers(broker, log),
    ...blockHandlers(blocks, log),
    listPorts: unary(log, "ListPorts", (request) => listPorts(broker, clock, request)),
    getUsageHistory: unary(log, "GetUsageHistory", (request) =>
      getUsageHistory(dependencies.usage, broker, request),
    ),
    watchBroker: (call) => dependencies.live.serve(call),
    revokeLease: unary(log, "RevokeLease", (request, { caller }) =>
      revokeLease(broker, request, caller),
    ),
    listLeaseEvents: unary(log, "ListLeaseEvents", (request, { signal }) =>
      listLeaseEvents({ history, broker, clock }, request, signal),
    ),
    explainPort: unary(log, "ExplainPort", (request) => explainPortCall(explain, clock, request)),
    auditPorts: unary(log, "AuditPorts", (request) => auditPorts(broker, request)),
    listExcludedRanges: unary(log, "ListExcludedRanges", (request) =>
      listExcludedRanges(ranges, request),
    ),
    ...configHandlers(dependencies.configuration, log),
    exportState: exportState({ broker, blocks, clock, log }),
  };
}

export function toBroker(
  broker: Broker,
  clock: Clock,
  facts: BrokerFacts,
  { addresses, dashboardUrl, auditLogProblem, fleetProblem }: Whereabouts,
): GetBrokerResponse {
  const usages = broker.pools.map((pool) => pool.usage());
  const sum = (key: "total" | "free" | "leased" | "quarantined" | "unavailable"): number =>
    usages.reduce((total, usage) => total + usage[key], 0);
  const readOnly = broker.readOnlyReason;
  return {
    version: facts.version,
    host: facts.host,
    platform: facts.platform,
    elevated: facts.elevated,
    autoKind: wireKind[facts.autoKind.kind],
    autoKindReason: facts.autoKind.reason,
    processId: facts.processId,
    startTime: new Date(facts.startedWallMs),
    uptime: toDuration(clock.monotonicMs() - facts.startedMonotonicMs),
    revision: BigInt(broker.revision),
    activeLeases: broker.leaseCount,
    usage: {
      total: sum("total"),
      free: sum("free"),
      leased: sum("leased"),
      quarantined: sum("quarantined"),
      unavailable: sum("unavailable"),
      largestFreeRun: Math.max(0, ...usages.map((usage) => usage.largestFreeRun)),
    },
    servingState: servingStateOf(broker),
    servingDetail: broker.stopping ? "the broker is stopping" : (readOnly ?? ""),
    limits: {
      maxMessageBytes: messageBytesMax,
      maxPageSize: pageSizeMax,
      maxRenewalsPerMessage: renewalsPerMessageMax,
      maxWatchers: watchersMax,
      maxConnections: facts.limits.connectionsMax,
      maxConnectionsPerAddress: facts.limits.connectionsPerAddressMax,
      maxCallsPerConnection: streamsPerConnectionMax,
      maxCallsPerSecond: facts.limits.callsPerSecondMax,
    },
    dataDirectory: facts.dataDirectory,
    addresses: [...addresses],
    dashboardUrl,
    waitingRequests: broker.waiterCount,
    problems: findProblems(broker, auditLogProblem, fleetProblem).map(toWireProblem),
  };
}

function servingStateOf({ stopping, readOnlyReason }: Broker): ServingState {
  if (stopping) return ServingState.SERVING_STATE_STOPPING;
  return readOnlyReason === null
    ? ServingState.SERVING_STATE_SERVING
    : ServingState.SERVING_STATE_READ_ONLY;
}
