// The messages of the broker's API as they look in proto3 JSON (https://protobuf.dev/programming-guides/json/): enums by name,
// uint64 as decimal text, durations as "30s", times as RFC 3339; plain fields are always there, messages may be missing.
// What they mean is said in proto/portlease/v1. Only what the dashboard reads is here.

export type ServingState =
  | "SERVING_STATE_UNSPECIFIED"
  | "SERVING_STATE_SERVING"
  | "SERVING_STATE_READ_ONLY"
  | "SERVING_STATE_STOPPING";

export type Severity =
  "SEVERITY_UNSPECIFIED" | "SEVERITY_INFO" | "SEVERITY_WARNING" | "SEVERITY_CRITICAL";

export type BlockState =
  | "STATE_UNSPECIFIED"
  | "STATE_INTENDED"
  | "STATE_ACTIVE"
  | "STATE_DRAINING"
  | "STATE_AMBIGUOUS"
  | "STATE_UNAVAILABLE";

export type BindingState =
  | "BINDING_UNSPECIFIED"
  | "BINDING_UNBOUND"
  | "BINDING_BOUND"
  | "BINDING_STRANGER"
  | "BINDING_ORPHANED";

export type LeaseEventType =
  | "TYPE_UNSPECIFIED"
  | "TYPE_GRANTED"
  | "TYPE_TTL_CHANGED"
  | "TYPE_ENDED"
  | "TYPE_BINDING_CHANGED"
  | "TYPE_PROTECTION_CHANGED";

export interface PortUsage {
  readonly total: number;
  readonly free: number;
  readonly leased: number;
  readonly quarantined: number;
  readonly unavailable: number;
  readonly largestFreeRun: number;
}

export interface Problem {
  readonly severity: Severity;
  readonly reason: string;
  readonly message: string;
  readonly remedy: string;
  readonly pool: string;
  readonly blockId: string;
  readonly port: number;
  readonly leaseId: string;
}

export interface Broker {
  readonly version: string;
  readonly host: string;
  readonly platform: string;
  readonly elevated: boolean;
  readonly processId: number;
  readonly startTime?: string;
  readonly uptime?: string;
  readonly revision: string;
  readonly activeLeases: number;
  readonly usage?: PortUsage;
  readonly servingState: ServingState;
  readonly servingDetail: string;
  readonly dataDirectory: string;
  readonly addresses: readonly string[];
  readonly waitingRequests: number;
  readonly problems: readonly Problem[];
}

export interface Pool {
  readonly pool: string;
  readonly protocol: string;
  readonly kind: string;
  readonly quarantine?: string;
  readonly usage?: PortUsage;
  readonly blockIds: readonly string[];
  readonly size: number;
  readonly maxSize: number;
  readonly adjusted: boolean;
  readonly retired: boolean;
  readonly waitingRequests: number;
}

export interface Block {
  readonly blockId: string;
  readonly pool: string;
  readonly protocol: string;
  readonly kind: string;
  readonly firstPort: number;
  readonly portCount: number;
  readonly state: BlockState;
  readonly usage?: PortUsage;
  readonly uncoveredPorts: string;
  readonly createTime?: string;
  readonly detail: string;
}

export interface PortRun {
  readonly blockId: string;
  readonly firstPort: number;
  readonly portCount: number;
  readonly state: string;
}

export interface HolderProcess {
  readonly processId: number;
  readonly startTime: string;
  readonly proven: boolean;
}

export interface Holder {
  readonly service: string;
  readonly instance: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly process?: HolderProcess;
}

export interface Lease {
  readonly leaseId: string;
  readonly pool: string;
  readonly protocol: string;
  readonly port: number;
  readonly portCount: number;
  readonly state: "STATE_UNSPECIFIED" | "STATE_ACTIVE" | "STATE_ENDED";
  readonly holder?: Holder;
  readonly ttl?: string;
  readonly createTime?: string;
  readonly renewTime?: string;
  readonly expireTime?: string;
  readonly remaining?: string;
  readonly generation: string;
  readonly revision: string;
  readonly binding: BindingState;
  readonly unprotected: boolean;
  readonly draining: boolean;
  readonly bindWithin?: string;
  readonly endTime?: string;
  readonly endReason: string;
}

export interface LeaseEvent {
  readonly revision: string;
  readonly eventTime?: string;
  readonly type: LeaseEventType;
  readonly lease?: Lease;
  readonly actor: string;
  readonly detail: string;
}

export interface BrokerNotice {
  readonly severity: Severity;
  readonly reason: string;
  readonly message: string;
  readonly blockId: string;
  readonly port: number;
}

export interface BrokerEvent {
  readonly eventTime?: string;
  readonly lease?: LeaseEvent;
  readonly notice?: BrokerNotice;
}

export interface LiveUpdate {
  readonly revision: string;
  readonly broker?: Broker;
  readonly pools: readonly Pool[];
  readonly removedPools: readonly string[];
  readonly blocks: readonly Block[];
  readonly removedBlockIds: readonly string[];
  readonly ports: readonly PortRun[];
  readonly events: readonly BrokerEvent[];
  readonly skippedEvents: number;
}

export interface LeasePage {
  readonly leases: readonly Lease[];
  readonly nextPageToken: string;
  readonly totalSize: number;
  readonly revision: string;
}

export interface LeaseEventPage {
  readonly events: readonly LeaseEvent[];
  readonly nextPageToken: string;
  readonly knownSince?: string;
}

export interface UsageSample {
  readonly sampleTime: string;
  readonly usage: PortUsage;
  readonly grants: number;
  readonly refusals: number;
  readonly releases: number;
  readonly losses: number;
}

export interface UsageHistory {
  readonly samples: readonly UsageSample[];
  readonly interval?: string;
  readonly timeToExhaustion?: string;
}

export interface PortFinding {
  readonly reason: string;
  readonly message: string;
  readonly remedy: string;
  readonly blocking: boolean;
}

export interface PortExplanation {
  readonly bindable: boolean;
  readonly summary: string;
  readonly findings: readonly PortFinding[];
  readonly lease?: Lease;
  readonly block?: Block;
}
