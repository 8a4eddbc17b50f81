// What the core asks of the world. Each interface is as small as the calls the core makes; real and fake implementations
// pass one contract suite. Nothing here is about gRPC, SQLite or any operating system.

import type { BrokerEvent } from "./events.js";
import type { Protocol, ReservationKind, SealedChange, StoredState } from "./records.js";
import type { PortRange } from "./port-range.js";

export interface Clock {
  /** Milliseconds since some fixed point; never goes back. For every deadline. May be fractional. */
  monotonicMs(): number;
  /** Milliseconds since 1970. For display only. */
  wallMs(): number;
}

export interface Random {
  /** Cryptographically random bytes. */
  bytes(count: number): Uint8Array;
}

/** Holder keys: derived from the lease id and the broker's secret, so nothing secret is stored per lease. */
export interface HolderKeys {
  keyFor(leaseId: string): string;
  /** Compares two keys in constant time. */
  equal(key: string, other: string): boolean;
}

/**
 * The durable store. A commit is on disk when its promise resolves. A rejected commit is *indeterminate*: it may or may not
 * be on disk, and the caller must `load` again before it trusts its memory (semantics.md 1).
 */
export interface LeaseStore {
  /** Verifies and reads everything. Called at start and after a rejected commit; never while a commit is under way. */
  load(): Promise<StoredState>;
  /** All or nothing. Revisions are consecutive and follow the last one on disk. Rejects with StoreError. */
  commit(batch: readonly SealedChange[]): Promise<void>;
  /** Resolves when a small durable write works again. Rejects with StoreError while it does not. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

/** The answer of the operating system to "may this port be used now?". */
export type PortCheck =
  | { readonly state: "free" }
  | {
      readonly state: "in-use";
      readonly reason: string;
      readonly holders: readonly { readonly processId: number; readonly processName: string }[];
    };

/** How the holder of a lease binds a port. */
export type BindMethod = "associate" | "handoff" | "plain" | "share-port";

/** A block as it stands reserved with the operating system; see ReservedBlock of the native layer, which fits this shape. */
export interface BlockReservation {
  readonly kind: ReservationKind;
  readonly protocol: Protocol;
  readonly firstPort: number;
  readonly portCount: number;
  readonly bindMethod: BindMethod;
  tokenOf(port: number): bigint;
  reclaimPort(port: number): PortCheck;
  coverPort(port: number): PortCheck;
  uncoveredPorts(): readonly number[];
  release(): Promise<void>;
}

export interface BlockReserver {
  /** Rejects with an error whose message is fit for people when the block cannot be had. */
  reserveBlock(request: {
    readonly kind: ReservationKind;
    readonly protocol: Protocol;
    readonly firstPort: number | null;
    readonly portCount: number;
    readonly leasedPorts: ReadonlySet<number> | null;
  }): Promise<BlockReservation>;
}

export interface EventSink {
  /** Called once per event, in revision order, after it is on disk. Must not throw. */
  publish(event: BrokerEvent): void;
}

/** Re-exported so that implementers find the value types beside the interfaces. */
export type { PortRange };
