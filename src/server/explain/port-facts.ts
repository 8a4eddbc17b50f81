// What is known about one port of one transport protocol, and what is made of it. Plain data: gather-port-facts.ts collects it,
// explain-port.ts judges it.

import type {
  BindTrial,
  ExcludedRange,
  ObservedSocket,
  PortHolder,
  PortRun,
  TransportProtocol,
} from "@portlease/native";
import type { PortState } from "../domain/port-block.js";
import type { PortRange } from "../domain/port-range.js";
import type { ReservationKind } from "../domain/records.js";

/** A socket on the port. */
export interface SocketFact extends Pick<
  ObservedSocket,
  "family" | "localAddress" | "remoteAddress" | "remotePort" | "state"
> {
  /** `null` where the table does not name the owner. */
  readonly processId: number | null;
  /** `null` when unknown. */
  readonly processName: string | null;
  /** False: the owner is gone. `null` when unknown. */
  readonly processAlive: boolean | null;
}

/** A bind that was really tried; `trial` is `null` when it could not be tried. */
export interface TrialFact {
  readonly address: string;
  readonly trial: BindTrial | null;
}

/** The broker's block that covers the port. */
export interface BlockFact {
  readonly blockId: string;
  readonly pool: string;
  readonly kind: ReservationKind;
  readonly ports: PortRange;
  readonly portState: PortState;
  readonly draining: boolean;
  /** False: the block's reservation does not protect this port at present. */
  readonly covered: boolean;
}

/** The lease that covers the port. */
export interface LeaseFact {
  readonly leaseId: string;
  readonly service: string;
  readonly instance: string;
  readonly processId: number | null;
  readonly ports: PortRange;
  readonly remainingMs: number;
}

/** What the broker has on the port. */
export interface PortOwner {
  readonly block: BlockFact | null;
  readonly lease: LeaseFact | null;
}

export interface PortFacts {
  /** As in HostCapabilities: "linux", "win32", ... */
  readonly platform: string;
  readonly protocol: TransportProtocol;
  readonly port: number;
  /** `null`: no broker was asked. */
  readonly owner: PortOwner | null;
  /** `null` when the tables could not be read. */
  readonly sockets: readonly SocketFact[] | null;
  /** Processes with a socket on the port, as far as this user may see; for platforms whose table does not name them. */
  readonly holders: readonly PortHolder[];
  /** All excluded ranges of the protocol, not only those of the port; `null` when they could not be read. */
  readonly excludedRanges: readonly ExcludedRange[] | null;
  /** `null` when unknown. */
  readonly dynamicRange: PortRun | null;
  /** The first port that needs no rights; `null` where the platform has no such limit, or it is unknown. */
  readonly unprivilegedPortStart: number | null;
  readonly trials: readonly TrialFact[];
}

/** Stable words for programs; new ones may be added. docs/explain.md says what each means. */
export type FindingReason =
  | "LEASED"
  | "IN_BLOCK"
  | "ORPHANED_SOCKET"
  | "HTTP_SYS"
  | "LISTENING"
  | "BOUND"
  | "CONNECTED"
  | "EXCLUDED_RANGE"
  | "EXCLUDED_RANGE_HYPER_V"
  | "EXCLUDED_RANGE_HTTP_SYS"
  | "PRIVILEGED_PORT"
  | "TIME_WAIT"
  | "BIND_REFUSED"
  | "ADDRESSES_SHARED"
  | "ADMINISTERED_RANGE"
  | "DYNAMIC_RANGE"
  | "SOCKETS_UNKNOWN"
  | "EXCLUSIONS_UNKNOWN"
  | "BIND_NOT_TRIED";

export interface PortFinding {
  readonly reason: FindingReason;
  /** A sentence or two with the numbers. */
  readonly message: string;
  /** The command or step that mends it; "" when there is nothing to mend. */
  readonly remedy: string;
  /** True when this alone prevents a bind. */
  readonly blocking: boolean;
}

/** A finding on its way into a summary. */
export interface GistedFinding extends PortFinding {
  /** The same in few words, to follow "because": "process 4211 (nginx) listens on 0.0.0.0:80". */
  readonly gist: string;
}

export interface PortExplanation {
  /** True when an ordinary process could bind the port now: no finding is blocking, and a bind was tried and worked. */
  readonly bindable: boolean;
  /** One sentence. */
  readonly summary: string;
  /** The decisive one first. */
  readonly findings: readonly PortFinding[];
}
