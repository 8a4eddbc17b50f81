// The messages of FleetService as they look in proto3 JSON, beside those that a broker has, too (../../api/messages.ts). What they
// mean is said in proto/portlease/v1/fleet_service.proto. Only what the dashboard reads is here.

import type { BindingState, PortUsage, Problem, ServingState } from "../../api/messages.js";

export type SourceKind = "KIND_UNSPECIFIED" | "KIND_ETCD" | "KIND_BROKERS";

export type HostState =
  "STATE_UNSPECIFIED" | "STATE_HEARD_FROM" | "STATE_NOT_HEARD_FROM" | "STATE_STOPPED";

export type HostProbe =
  | "PROBE_UNSPECIFIED"
  | "PROBE_BROKER_ANSWERS"
  | "PROBE_HOST_ANSWERS"
  | "PROBE_NO_ANSWER"
  | "PROBE_UNKNOWN";

export interface FleetSource {
  readonly kind: SourceKind;
  readonly addresses: readonly string[];
  readonly connected: boolean;
  readonly lastHeardTime?: string;
  readonly detail: string;
  readonly unreadableEntries: number;
  readonly unreadableExample: string;
}

export interface MinuteGrants {
  readonly minuteTime?: string;
  readonly grants: number;
}

export interface Fleet {
  readonly version: string;
  readonly source?: FleetSource;
  readonly hosts: number;
  readonly hostsHeardFrom: number;
  readonly hostsNotHeardFrom: number;
  readonly hostsStopped: number;
  readonly leases: number;
  readonly staleLeases: number;
  readonly usage?: PortUsage;
  readonly grants: readonly MinuteGrants[];
  readonly changes: string;
}

export interface HostPool {
  readonly pool: string;
  readonly protocol: string;
  readonly kind: string;
  readonly usage?: PortUsage;
  readonly waitingRequests: number;
}

export interface Host {
  readonly hostId: string;
  readonly state: HostState;
  readonly lastHeardTime?: string;
  readonly probe: HostProbe;
  readonly probeTime?: string;
  readonly hostName: string;
  readonly address: string;
  readonly version: string;
  readonly platform: string;
  readonly brokerAddresses: readonly string[];
  readonly dashboardUrl: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startTime?: string;
  readonly servingState: ServingState;
  readonly usage?: PortUsage;
  readonly pools: readonly HostPool[];
  readonly problems: readonly Problem[];
  readonly leases: number;
}

export interface FleetLease {
  readonly hostId: string;
  readonly leaseId: string;
  readonly state: "STATE_UNSPECIFIED" | "STATE_ACTIVE" | "STATE_STALE";
  readonly staleAge?: string;
  readonly pool: string;
  readonly protocol: string;
  readonly port: number;
  readonly portCount: number;
  readonly service: string;
  readonly instance: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ttl?: string;
  readonly createTime?: string;
  readonly generation: string;
  readonly binding: BindingState;
  readonly unprotected: boolean;
  readonly draining: boolean;
}

export interface FleetProblem {
  /** Empty: the fleet itself. */
  readonly hostId: string;
  readonly problem?: Problem;
}

export interface FleetUpdate {
  readonly fleet?: Fleet;
  readonly hosts: readonly Host[];
  readonly removedHostIds: readonly string[];
  readonly complete: boolean;
  readonly problems?: FleetProblems;
}

export interface FleetProblems {
  readonly problems: readonly FleetProblem[];
  readonly totalSize: number;
}

export interface FleetLeasePage {
  readonly leases: readonly FleetLease[];
  readonly nextPageToken: string;
  readonly totalSize: number;
}

export interface ServiceEndpoint {
  readonly address: string;
  readonly port: number;
  readonly lease?: FleetLease;
}

export interface ServicePage {
  readonly endpoints: readonly ServiceEndpoint[];
  readonly nextPageToken: string;
}

export interface ProblemPage extends FleetProblems {
  readonly nextPageToken: string;
}
