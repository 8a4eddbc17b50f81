// What readers see of the view: hosts and leases. They are the view's own and change with it: read them in one go, keep their ids.

import type { HostRecord, ProblemRecord, UsageRecord } from "../records/host-record.js";
import type { LeaseRecord } from "../records/lease-record.js";

export type HostState = "heard-from" | "not-heard-from" | "stopped";

/** What was found when somebody knocked at the address of a host that is not heard from: as Host.Probe of the API. */
export type ProbeOutcome = "broker-answers" | "host-answers" | "no-answer" | "unknown";

export interface HostProbe {
  readonly outcome: ProbeOutcome;
  readonly triedWallMs: number;
}

export interface FleetHost {
  readonly hostId: string;
  /** `null`: only its presence or leases were heard. */
  readonly record: HostRecord | null;
  readonly state: HostState;
  /** When its broker last said something durable, by its own wall clock; `null`: never. */
  readonly lastHeardWallMs: number | null;
  /** `null`: it was not tried, as for every host that is heard from or was stopped. */
  readonly probe: HostProbe | null;
  /** Of all its pools; `largestFreeRun` is that of one of them. */
  readonly usage: UsageRecord;
  /** By lease id. */
  readonly leases: readonly FleetLease[];
}

/** Its leases are STALE while its host is not heard from. */
export interface FleetLease {
  readonly host: FleetHost;
  readonly leaseId: string;
  readonly record: LeaseRecord;
}

/** Something that an operator should look at. */
export interface FleetProblem {
  /** "": the fleet itself. */
  readonly hostId: string;
  readonly problem: ProblemRecord;
}

export interface MinuteGrants {
  /** When the minute began. */
  readonly minuteWallMs: number;
  readonly grants: number;
}

export interface FleetTotals {
  /** How many hosts are in each state. */
  readonly hosts: Readonly<Record<HostState, number>>;
  readonly leases: number;
  /** Those of hosts that are not heard from. */
  readonly staleLeases: number;
  /** Of hosts that are heard from; `largestFreeRun` is that of one host. */
  readonly usage: UsageRecord;
}

/** How the view's source is. */
export interface SourceStatus {
  /** False before it was first told. */
  readonly connected: boolean;
  /** Why not, as a sentence; "" when it is. */
  readonly detail: string;
  /** `null`: never yet. */
  readonly lastHeardWallMs: number | null;
  /** At most `unreadableMax`, however many there are. */
  readonly unreadableCount: number;
  /** One of them, as a sentence; "": there are none. */
  readonly unreadableExample: string;
}
