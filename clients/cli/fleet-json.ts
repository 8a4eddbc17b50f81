// The fleet, its hosts, leases and problems as --json prints them; see proto-json.ts for the rules.

import { Problem_Severity, ServingState } from "@portlease/proto/portlease/v1/admin_service.js";
import { Binding, Protocol, ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import {
  type FleetLease,
  FleetLease_State,
  type FleetProblem,
  FleetSource_Kind,
  type GetFleetResponse,
  type Host,
  Host_Probe,
  Host_State,
  type HostPool,
  type ServiceEndpoint,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { durationJson, enumName } from "./proto-json.js";

export function fleetJson(fleet: GetFleetResponse): Record<string, unknown> {
  const { source } = fleet;
  return {
    ...fleet,
    source:
      source === undefined
        ? null
        : {
            ...source,
            kind: enumName(FleetSource_Kind, source.kind),
            lastHeardTime: timeJson(source.lastHeardTime),
          },
    usage: fleet.usage ?? null,
    grants: fleet.grants.map(({ minuteTime, grants }) => ({
      minuteTime: timeJson(minuteTime),
      grants,
    })),
    changes: fleet.changes.toString(),
  };
}

export function hostJson(host: Host): Record<string, unknown> {
  return {
    ...host,
    state: enumName(Host_State, host.state),
    lastHeardTime: timeJson(host.lastHeardTime),
    probe: enumName(Host_Probe, host.probe),
    probeTime: timeJson(host.probeTime),
    startTime: timeJson(host.startTime),
    servingState: enumName(ServingState, host.servingState),
    usage: host.usage ?? null,
    pools: host.pools.map(hostPoolJson),
    problems: host.problems.map((problem) => ({
      ...problem,
      severity: enumName(Problem_Severity, problem.severity),
    })),
  };
}

export function fleetLeaseJson(lease: FleetLease): Record<string, unknown> {
  return {
    ...lease,
    state: enumName(FleetLease_State, lease.state),
    staleAge: durationJson(lease.staleAge),
    protocol: enumName(Protocol, lease.protocol),
    ttl: durationJson(lease.ttl),
    createTime: timeJson(lease.createTime),
    generation: lease.generation.toString(),
    binding: enumName(Binding, lease.binding),
  };
}

export function endpointJson({ address, port, lease }: ServiceEndpoint): Record<string, unknown> {
  return { address, port, lease: lease === undefined ? null : fleetLeaseJson(lease) };
}

export function fleetProblemJson({ hostId, problem }: FleetProblem): Record<string, unknown> {
  return {
    hostId,
    problem:
      problem === undefined
        ? null
        : { ...problem, severity: enumName(Problem_Severity, problem.severity) },
  };
}

function hostPoolJson(pool: HostPool): Record<string, unknown> {
  return {
    ...pool,
    protocol: enumName(Protocol, pool.protocol),
    kind: enumName(ReservationKind, pool.kind),
    usage: pool.usage ?? null,
  };
}

function timeJson(time: Date | undefined): string | null {
  return time?.toISOString() ?? null;
}
