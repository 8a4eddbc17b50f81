// Hosts, problems and messages of WatchFleet as a fleet server says them in JSON, with what a test is about in place of the usual.

import type { PortUsage, Problem } from "#dashboard/api/messages.js";
import type {
  Fleet,
  FleetProblem,
  FleetUpdate,
  Host,
} from "#dashboard/fleet/api/fleet-messages.js";

export function usageOf(total: number, free: number): PortUsage {
  const leased = total - free;
  return { total, free, leased, quarantined: 0, unavailable: 0, largestFreeRun: free };
}

export function hostOf(hostId: string, fields: Partial<Host> = {}): Host {
  return {
    hostId,
    state: "STATE_HEARD_FROM",
    lastHeardTime: "2026-01-01T12:00:00Z",
    probe: "PROBE_UNSPECIFIED",
    hostName: hostId,
    address: `${hostId}.example`,
    version: "0.2.0",
    platform: "linux",
    brokerAddresses: [],
    dashboardUrl: "",
    labels: {},
    servingState: "SERVING_STATE_SERVING",
    usage: usageOf(100, 50),
    pools: [],
    problems: [],
    leases: 50,
    ...fields,
  };
}

export function problemOf(reason: string, fields: Partial<Problem> = {}): Problem {
  return {
    severity: "SEVERITY_WARNING",
    reason,
    message: "something is wrong",
    remedy: "",
    pool: "",
    blockId: "",
    port: 0,
    leaseId: "",
    ...fields,
  };
}

export function fleetProblemOf(hostId: string, problem: Problem): FleetProblem {
  return { hostId, problem };
}

export function fleetOf(fields: Partial<Fleet> = {}): Fleet {
  return {
    version: "0.2.0",
    hosts: 1,
    hostsHeardFrom: 1,
    hostsNotHeardFrom: 0,
    hostsStopped: 0,
    leases: 50,
    staleLeases: 0,
    usage: usageOf(100, 50),
    grants: [],
    changes: "1",
    ...fields,
  };
}

export function updateOf(fields: Partial<FleetUpdate> = {}): FleetUpdate {
  return { hosts: [], removedHostIds: [], complete: true, ...fields };
}
