// From what the view knows to the messages of FleetService.

import {
  ServingState,
  type Problem as WireProblem,
} from "@portlease/proto/portlease/v1/admin_service.js";
import {
  FleetLease_State,
  type FleetLease as WireLease,
  type FleetProblem as WireFleetProblem,
  type FleetSource,
  type FleetSource_Kind,
  type GetFleetResponse,
  type Host as WireHost,
  type HostPool,
  Host_Probe,
  Host_State,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import type { PortUsage } from "@portlease/proto/portlease/v1/pool.js";
import { wireBinding, wireKind, wireProtocol } from "../../server/grpc/convert.js";
import { toDuration } from "../../server/grpc/time.js";
import { toWireProblem } from "../../server/grpc/wire-live.js";
import type { HostRecord, PoolRecord, UsageRecord } from "../records/host-record.js";
import type {
  FleetHost,
  FleetLease,
  FleetProblem,
  HostState,
  ProbeOutcome,
} from "../view/fleet-entities.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { saidProblems } from "../view/host-problems.js";

/** What is known about the fleet server from its start on. */
export interface FleetFacts {
  readonly version: string;
  readonly sourceKind: FleetSource_Kind;
  /** Without secrets. */
  readonly sourceAddresses: readonly string[];
}

export const wireHostState: Readonly<Record<HostState, Host_State>> = {
  "heard-from": Host_State.STATE_HEARD_FROM,
  "not-heard-from": Host_State.STATE_NOT_HEARD_FROM,
  stopped: Host_State.STATE_STOPPED,
};

const wireProbe: Readonly<Record<ProbeOutcome, Host_Probe>> = {
  "broker-answers": Host_Probe.PROBE_BROKER_ANSWERS,
  "host-answers": Host_Probe.PROBE_HOST_ANSWERS,
  "no-answer": Host_Probe.PROBE_NO_ANSWER,
  unknown: Host_Probe.PROBE_UNKNOWN,
};

export const wireServing: Readonly<Record<HostRecord["serving"], ServingState>> = {
  serving: ServingState.SERVING_STATE_SERVING,
  "read-only": ServingState.SERVING_STATE_READ_ONLY,
  stopped: ServingState.SERVING_STATE_STOPPING,
};

export function toWireFleet(view: FleetReader, facts: FleetFacts): GetFleetResponse {
  const { hosts, leases, staleLeases, usage } = view.totals();
  return {
    version: facts.version,
    source: toWireSource(view, facts),
    hosts: view.hostCount,
    hostsHeardFrom: hosts["heard-from"],
    hostsNotHeardFrom: hosts["not-heard-from"],
    hostsStopped: hosts.stopped,
    leases,
    staleLeases,
    usage: toWireUsage(usage),
    grants: view.grants().map(({ minuteWallMs, grants }) => ({
      minuteTime: new Date(minuteWallMs),
      grants: toCount(grants),
    })),
    changes: BigInt(view.changes),
  };
}

function toWireSource(view: FleetReader, facts: FleetFacts): FleetSource {
  const source = view.source();
  return {
    kind: facts.sourceKind,
    addresses: [...facts.sourceAddresses],
    connected: source.connected,
    lastHeardTime: toTime(source.lastHeardWallMs),
    detail: source.detail,
    unreadableEntries: source.unreadableCount,
    unreadableExample: source.unreadableExample,
  };
}

export function toWireHost(host: FleetHost): WireHost {
  const { record, probe } = host;
  return {
    hostId: host.hostId,
    state: wireHostState[host.state],
    lastHeardTime: toTime(host.lastHeardWallMs),
    probe: probe === null ? Host_Probe.PROBE_UNSPECIFIED : wireProbe[probe.outcome],
    probeTime: toTime(probe?.triedWallMs ?? null),
    hostName: record?.hostName ?? "",
    address: record?.address ?? "",
    version: record?.version ?? "",
    platform: record?.platform ?? "",
    brokerAddresses: [...(record?.brokerAddresses ?? [])],
    dashboardUrl: record?.dashboardUrl ?? "",
    labels: { ...record?.labels },
    startTime: toTime(record?.startedWallMs || null),
    servingState:
      record === null ? ServingState.SERVING_STATE_UNSPECIFIED : wireServing[record.serving],
    usage: record === null ? undefined : toWireUsage(host.usage),
    pools: (record?.pools ?? []).map(toWirePool),
    problems: saidProblems(host).map(toWireProblem),
    leases: host.leases.length,
  };
}

function toWirePool({ name, protocol, kind, usage, waitingRequests }: PoolRecord): HostPool {
  return {
    pool: name,
    protocol: wireProtocol[protocol],
    kind: wireKind[kind],
    usage: toWireUsage(usage),
    waitingRequests,
  };
}

export function toWireFleetLease(
  { host, leaseId, record }: FleetLease,
  view: Pick<FleetReader, "staleAgeMs">,
): WireLease {
  const stale = host.state !== "heard-from";
  const ageMs = stale ? view.staleAgeMs(host) : null;
  return {
    hostId: host.hostId,
    leaseId,
    state: stale ? FleetLease_State.STATE_STALE : FleetLease_State.STATE_ACTIVE,
    staleAge: ageMs === null ? undefined : toDuration(ageMs),
    pool: record.pool,
    protocol: wireProtocol[record.protocol],
    port: record.port,
    portCount: record.portCount,
    service: record.service,
    instance: record.instance,
    labels: { ...record.labels },
    ttl: toDuration(record.ttlMs),
    createTime: new Date(record.grantedWallMs),
    generation: BigInt(record.generation),
    binding: wireBinding[record.binding],
    unprotected: record.unprotected,
    draining: record.draining,
  };
}

export function toWireFleetProblem({ hostId, problem }: FleetProblem): WireFleetProblem {
  const wire: WireProblem = toWireProblem(problem);
  return { hostId, problem: wire };
}

function toWireUsage(usage: UsageRecord): PortUsage {
  return {
    total: toCount(usage.total),
    free: toCount(usage.free),
    leased: toCount(usage.leased),
    quarantined: toCount(usage.quarantined),
    unavailable: toCount(usage.unavailable),
    largestFreeRun: toCount(usage.largestFreeRun),
  };
}

/** A sum of what records may say can be more than a uint32 holds, and nobody could encode that. */
function toCount(sum: number): number {
  return Math.min(sum, 0xffff_ffff);
}

function toTime(wallMs: number | null): Date | undefined {
  return wallMs === null ? undefined : new Date(wallMs);
}
