// The handlers of AdminService that this version has: what the broker is, its pools and its blocks. The others say so.

import type {
  AdminServiceServer,
  GetBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { ServingState } from "@portlease/proto/portlease/v1/admin_service.js";
import {
  Isolation,
  PickPolicy,
  type Pool as WirePool,
} from "@portlease/proto/portlease/v1/pool.js";
import type { Broker } from "../domain/broker.js";
import type { Clock } from "../domain/boundaries.js";
import type { Pool } from "../domain/pool.js";
import type { ReservationKind } from "../domain/records.js";
import type { ExplainPort } from "../explain/port-explainer.js";
import type { Log } from "../log.js";
import { toWireBlock, toWireUsage, wireKind, wireProtocol } from "./convert.js";
import { explainPortCall } from "./explain-port.js";
import { unary, unavailableStream, unavailableUnary } from "./handler.js";
import { decodePageToken, encodePageToken, pageSize, pageSizeMax } from "./page.js";
import { messageBytesMax } from "./limits.js";
import { renewalsPerMessageMax } from "./session.js";
import { toDuration } from "./time.js";

/** What is known about the broker from its start on. */
export interface BrokerFacts {
  readonly version: string;
  readonly host: string;
  readonly platform: string;
  readonly elevated: boolean;
  readonly autoKind: ReservationKind;
  readonly autoKindReason: string;
  readonly processId: number;
  readonly startedWallMs: number;
  readonly startedMonotonicMs: number;
  readonly dataDirectory: string;
}

export function adminService(
  broker: Broker,
  clock: Clock,
  facts: BrokerFacts,
  explain: ExplainPort,
  log: Log,
): AdminServiceServer {
  return {
    getBroker: unary(log, "GetBroker", () => toBroker(broker, clock, facts)),
    listPools: unary(log, "ListPools", (request) => {
      const pools = broker.pools.toSorted((a, b) => (a.policy.name < b.policy.name ? -1 : 1));
      const page = pageOf("pools", pools, (pool) => pool.policy.name, request);
      return { pools: page.items.map(toWirePool), nextPageToken: page.nextPageToken };
    }),
    listBlocks: unary(log, "ListBlocks", (request) => {
      const blocks = broker.pools
        .flatMap((pool) => pool.blocks)
        .filter(({ record }) => request.pool === "" || record.pool === request.pool)
        .toSorted((a, b) => a.record.ports.firstPort - b.record.ports.firstPort);
      const key = ({ record }: (typeof blocks)[number]): string =>
        `${String(record.ports.firstPort).padStart(5, "0")}/${record.blockId}`;
      const page = pageOf("blocks", blocks, key, request);
      return { blocks: page.items.map(toWireBlock), nextPageToken: page.nextPageToken };
    }),
    updatePool: unavailableUnary(log, "UpdatePool"),
    reserveBlock: unavailableUnary(log, "ReserveBlock"),
    drainBlock: unavailableUnary(log, "DrainBlock"),
    removeBlock: unavailableUnary(log, "RemoveBlock"),
    adoptBlock: unavailableUnary(log, "AdoptBlock"),
    forgetBlock: unavailableUnary(log, "ForgetBlock"),
    revokeLease: unavailableUnary(log, "RevokeLease"),
    pinPort: unavailableUnary(log, "PinPort"),
    unpinPort: unavailableUnary(log, "UnpinPort"),
    listQuotas: unavailableUnary(log, "ListQuotas"),
    setQuota: unavailableUnary(log, "SetQuota"),
    listLeaseEvents: unavailableUnary(log, "ListLeaseEvents"),
    explainPort: unary(log, "ExplainPort", (request) => explainPortCall(explain, clock, request)),
    auditPorts: unavailableUnary(log, "AuditPorts"),
    listExcludedRanges: unavailableUnary(log, "ListExcludedRanges"),
    getConfig: unavailableUnary(log, "GetConfig"),
    reloadConfig: unavailableUnary(log, "ReloadConfig"),
    exportState: unavailableStream("ExportState"),
  };
}

function toBroker(broker: Broker, clock: Clock, facts: BrokerFacts): GetBrokerResponse {
  const usages = broker.pools.map((pool) => pool.usage());
  const sum = (key: "total" | "free" | "leased" | "quarantined" | "unavailable"): number =>
    usages.reduce((total, usage) => total + usage[key], 0);
  const readOnly = broker.readOnlyReason;
  return {
    version: facts.version,
    host: facts.host,
    platform: facts.platform,
    elevated: facts.elevated,
    autoKind: wireKind[facts.autoKind],
    autoKindReason: facts.autoKindReason,
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
    servingState:
      readOnly === null ? ServingState.SERVING_STATE_SERVING : ServingState.SERVING_STATE_READ_ONLY,
    servingDetail: readOnly ?? "",
    limits: {
      maxMessageBytes: messageBytesMax,
      maxPageSize: pageSizeMax,
      maxRenewalsPerMessage: renewalsPerMessageMax,
    },
    dataDirectory: facts.dataDirectory,
  };
}

function toWirePool(pool: Pool): WirePool {
  const { policy } = pool;
  const usage = pool.usage();
  return {
    pool: policy.name,
    protocol: wireProtocol[policy.protocol],
    kind: wireKind[policy.kind],
    defaultTtl: toDuration(policy.ttlDefaultMs),
    minTtl: toDuration(policy.ttlMinMs),
    maxTtl: toDuration(policy.ttlMaxMs),
    quarantine: toDuration(policy.quarantineMs),
    maxPortCount: policy.portCountMax,
    usage: toWireUsage(usage),
    blockIds: pool.blocks.map(({ record }) => record.blockId),
    startPort: policy.startPort ?? 0,
    size: policy.size,
    maxSize: policy.size,
    pickPolicy: PickPolicy.PICK_POLICY_LEAST_RECENTLY_USED,
    isolation: Isolation.ISOLATION_SHARED,
  };
}

/** Cuts a page out of a sorted list. */
function pageOf<Item>(
  list: string,
  sorted: readonly Item[],
  keyOf: (item: Item) => string,
  request: { readonly pageSize: number; readonly pageToken: string },
): { readonly items: readonly Item[]; readonly nextPageToken: string } {
  const after = decodePageToken(list, request.pageToken);
  const rest = sorted.filter((item) => keyOf(item) > after);
  const items = rest.slice(0, pageSize(request.pageSize));
  const last = items.at(-1);
  const more = last !== undefined && rest.length > items.length;
  return { items, nextPageToken: more ? encodePageToken(list, keyOf(last)) : "" };
}
