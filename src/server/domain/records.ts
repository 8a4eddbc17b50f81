// What the broker writes down: leases, blocks and the changes that make them. Plain data, no behaviour;
// how it is encoded and kept is the store's business.

import type { PortRange } from "./port-range.js";

/** Ports of TCP and of UDP are numbered independently. */
export type TransportProtocol = "tcp" | "udp";
/** "tcp-and-udp": the same numbers in both, reserved and leased together. */
export type Protocol = TransportProtocol | "tcp-and-udp";
/** Whether a block has one token, or one per port that is made anew between two holders. */
export type Isolation = "shared" | "per-lease";
export type ReservationKind = "persistent" | "runtime" | "administered" | "held";

/** A process as told by its holder, or proven by the broker (docs/design.md: "holder"). */
export interface HolderProcess {
  readonly processId: number;
  /** Opaque; `null` when the broker could not read it. */
  readonly startTime: string | null;
  readonly proven: boolean;
}

export interface Holder {
  readonly service: string;
  readonly instance: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly process: HolderProcess | null;
}

/** What the operating system says of a leased port, after several looks (docs/design.md: "binding"). */
export type Binding =
  | "unknown"
  | "unbound"
  /** By its holder, or by a process whose part in it cannot be told. */
  | "bound"
  /** By a process that has nothing to do with the holder. */
  | "stranger"
  /** By a socket that outlived its process. */
  | "orphaned";

/** A live lease as it is on disk. No secret in it: the holder key is derived from the lease id. */
export interface LeaseRecord {
  readonly leaseId: string;
  readonly pool: string;
  readonly protocol: Protocol;
  readonly blockId: string;
  readonly ports: PortRange;
  /** The fencing number: the revision of the grant. */
  readonly generation: number;
  /** The revision of the lease's last change. */
  readonly revision: number;
  readonly ttlMs: number;
  readonly holder: Holder;
  /** Wall clock, for display only. */
  readonly createdWallMs: number;
  /** Hash of caller identity and request_id, and of the request; `null` without a request_id. Never listed or logged. */
  readonly request: RequestFingerprint | null;
  /** The lease is taken back when nobody has bound its ports so long after the grant; `null`: never. */
  readonly bindWithinMs: number | null;
  readonly binding: Binding;
  /** Somebody was seen bound since the grant, so that `bindWithinMs` is over and done. */
  readonly everBound: boolean;
  /** False while a port of the lease is not covered by its reservation. */
  readonly covered: boolean;
  /**
   * What a restart gives the lease: less than its TTL when it had not been renewed for long, more while a longer TTL that it had
   * before reaches further. `null`: the TTL.
   */
  readonly remainingMs: number | null;
}

/** What makes a repeated acquire recognisable (semantics.md 9). Both are hex digests. */
export interface RequestFingerprint {
  readonly key: string;
  readonly bodyHash: string;
}

export type LeaseEndReason =
  | "released"
  | "expired"
  | "revoked"
  | "holder_exited"
  | "never_bound"
  | "port_lost"
  | "caller_gone";

/** What an operator said when taking a lease back. */
export interface Revocation {
  /** The operator's name, as the access layer knows it. */
  readonly actor: string;
  /** Why, in the operator's words; may be empty. */
  readonly reason: string;
}

/** A lease that has ended and is remembered, so that a repeated request_id is told so. */
export interface EndedLeaseRecord {
  readonly lease: LeaseRecord;
  readonly reason: LeaseEndReason;
  readonly endedWallMs: number;
  /** Absent unless an operator took the very lease back. */
  readonly revocation?: Revocation;
}

/**
 * Who asked for a block. "configured": the configuration, and it goes when that does. "operator": an operator, beyond the
 * configuration, and it stays until an operator removes it. "growth": the pool itself when it was nearly full; it goes when it
 * has been idle.
 */
export type BlockOrigin = "configured" | "operator" | "growth";

/** A block as it is on disk. `intended`: recorded before the OS was asked (semantics.md 14). */
export interface BlockRecord {
  readonly blockId: string;
  readonly pool: string;
  readonly protocol: Protocol;
  readonly kind: ReservationKind;
  readonly ports: PortRange;
  readonly isolation: Isolation;
  readonly stage: "intended" | "created";
  /** True: no new leases; the block goes when its last lease ends. */
  readonly draining: boolean;
  readonly origin: BlockOrigin;
}

/** Which free port is taken: the one that has been free the longest, the one that keeps long runs whole, or any. */
export type PickPolicyName = "least-recently-used" | "compact" | "random";

/** A port that is kept for one service. */
export interface Pin {
  readonly port: number;
  readonly service: string;
  /** "": every instance of the service. */
  readonly instance: string;
}

/** Values of a pool's policy that operators set; `null`: as the configuration has it. */
export interface AdjustedPolicy {
  readonly ttlDefaultMs: number | null;
  readonly ttlMinMs: number | null;
  readonly ttlMaxMs: number | null;
  readonly quarantineMs: number | null;
  readonly sizeMax: number | null;
  readonly pickPolicy: PickPolicyName | null;
  readonly portCountMax: number | null;
}

export interface AdjustedQuota {
  /** "*": each service that has no quota of its own. */
  readonly service: string;
  /** `null`: no limit, whatever the configuration says. */
  readonly portsMax: number | null;
}

/** What operators changed of a pool, over its configuration. It stays until an operator takes it back, also while the pool is gone. */
export interface PoolAdjustment {
  readonly pool: string;
  readonly policy: AdjustedPolicy;
  /** One for each service at most. */
  readonly quotas: readonly AdjustedQuota[];
  /** One for each port at most; they count instead of the configuration's pins of these ports. */
  readonly pins: readonly Pin[];
  /** Ports whose pins in the configuration do not count; none of `pins`. */
  readonly unpinned: readonly number[];
}

export type ObservedAspect = "binding" | "protection";

/** One durable change. Each takes exactly one revision. */
export type Change =
  | { readonly type: "lease_granted"; readonly lease: LeaseRecord }
  | { readonly type: "lease_ttl_changed"; readonly lease: LeaseRecord }
  /** The time left was written down, or (`remainingMs` null) the lease was renewed after that. No event (semantics.md 3). */
  | { readonly type: "lease_checkpointed"; readonly lease: LeaseRecord }
  /** The operating system's word on a lease's ports changed: `binding`, `everBound` or `covered`. */
  | {
      readonly type: "lease_observed";
      readonly aspect: ObservedAspect;
      readonly lease: LeaseRecord;
    }
  /** `remember`: keep the ended lease until it is forgotten, because it has a request_id. */
  | { readonly type: "lease_ended"; readonly ended: EndedLeaseRecord; readonly remember: boolean }
  | { readonly type: "lease_forgotten"; readonly generation: number }
  | { readonly type: "block_changed"; readonly block: BlockRecord }
  | { readonly type: "block_removed"; readonly blockId: string }
  /** What operators changed of a pool is this now; nothing is kept of one that says nothing (`isEmptyAdjustment`). */
  | { readonly type: "pool_adjusted"; readonly adjustment: PoolAdjustment };

/** A change with its place in history. */
export interface SealedChange {
  readonly revision: number;
  /** Wall clock, for display only. */
  readonly wallMs: number;
  readonly change: Change;
}

/** Everything a broker needs to go on after a restart. */
export interface StoredState {
  /** The revision of the last change on disk. */
  readonly revision: number;
  /** 32 bytes, made once per data directory; holder keys are derived from it. */
  readonly brokerSecret: Uint8Array;
  readonly leases: readonly LeaseRecord[];
  readonly ended: readonly EndedLeaseRecord[];
  readonly blocks: readonly BlockRecord[];
  /** One for each pool at most. */
  readonly adjustments: readonly PoolAdjustment[];
}
