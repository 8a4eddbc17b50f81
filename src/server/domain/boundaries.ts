// What the core asks of the world. Each interface is as small as the calls the core makes; real and fake implementations
// pass one contract suite. Nothing here is about gRPC, SQLite or any operating system.

import type { BrokerEvent } from "./events.js";
import type {
  BlockRecord,
  HolderProcess,
  Isolation,
  Protocol,
  ReservationKind,
  SealedChange,
  StoredState,
  TransportProtocol,
} from "./records.js";
import type { PortRange } from "./port-range.js";

export interface Clock {
  /** Milliseconds since some fixed point; never goes back. For every deadline. May be fractional. */
  monotonicMs(): number;
  /** Milliseconds since 1970. For display only. */
  wallMs(): number;
}

/**
 * Calls `work` once, when all that the process was asked for so far has been handled: whatever comes in one go, such as the calls in
 * one packet, is one group of changes then. Must not wait for anything that comes later.
 */
export type EndOfTurn = (work: () => void) => void;

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

/** Where blocks are written down: before they are reserved, and before they are forgotten (semantics.md 14). */
export interface BlockLedger {
  /** Adds or changes a record; resolves when it is on disk. Rejects when it is not, or perhaps not. */
  record(block: BlockRecord): Promise<void>;
  /** Drops a record; a no-op when there is none. */
  forget(blockId: string): Promise<void>;
  /** Drops the record of a block for which nothing is reserved, once that works: it may be on disk though writing it failed. */
  forgetOnceWritable(block: BlockRecord): void;
}

export type StrangerVerdict =
  /** Every process that is bound to the port is known, lives, and has nothing to do with the holder. */
  | { readonly state: "stranger"; readonly processId: number; readonly processName: string }
  /** The holder is bound to it, or nobody is. */
  | { readonly state: "none" }
  | { readonly state: "unknown"; readonly reason: string };

export interface StrangerQuestion {
  readonly protocol: Protocol;
  readonly port: number;
  readonly holder: HolderProcess | null;
}

export interface StrangerFinder {
  /**
   * Says of leased ports whether each was taken by somebody without a right to it, in the order of the questions. Slow, and
   * hardly slower for many than for one. Never rejects: a failure is "unknown".
   */
  findStrangers(questions: readonly StrangerQuestion[]): Promise<readonly StrangerVerdict[]>;
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

/** How one transport protocol of a port is reserved now. Secret: it has the kernel's token. */
export interface PortReservation {
  readonly protocol: TransportProtocol;
  readonly kind: ReservationKind;
  readonly bindMethod: BindMethod;
  /** 0n for kinds without tokens, and for a port that is not covered now. */
  readonly token: bigint;
  /** The ports that the token is for. */
  readonly firstPort: number;
  readonly portCount: number;
}

/** A block as it stands reserved with the operating system; block-reservation.ts makes it of what the native layer reserves. */
export interface BlockReservation {
  readonly kind: ReservationKind;
  readonly protocol: Protocol;
  readonly isolation: Isolation;
  readonly firstPort: number;
  readonly portCount: number;
  readonly bindMethod: BindMethod;
  /** One for each transport protocol of the block. They may change in `reclaimPort` and `coverPort`. */
  reservationsOf(port: number): readonly PortReservation[];
  reclaimPort(port: number): PortCheck;
  coverPort(port: number): PortCheck;
  uncoveredPorts(): readonly number[];
  /** False when what the port was reserved with is gone; it is uncovered from then on. See the native layer. */
  verifyPort(port: number): boolean;
  /** A lease of the port begins: what is held is let go, where the block lends its ports. See the native layer. */
  lendPort(port: number): void;
  /** The lease has ended. */
  takeBackPort(port: number): void;
  /** Binds a leased port for another process. Throws an error with a `code` of the native layer. */
  bindForTransfer(request: BindForTransferRequest): TransferableSocket;
  /** Lets go of what ends with the process; what outlives it stays. */
  release(): Promise<void>;
  /** Gives the block back to the operating system for good. */
  remove(): Promise<void>;
}

export interface BindForTransferRequest {
  readonly protocol: TransportProtocol;
  readonly port: number;
  readonly address: string;
  readonly ipv6Only: boolean;
}

/** See the native layer's type of the same name. */
export interface TransferableSocket {
  readonly port: number;
  duplicateFor(processId: number): Uint8Array;
  close(): void;
}

export interface PortRun {
  readonly firstPort: number;
  readonly portCount: number;
}

export interface BlockReserver {
  /** Rejects with an error whose message is fit for people when the block cannot be had. */
  reserveBlock(request: {
    readonly kind: ReservationKind;
    readonly protocol: Protocol;
    readonly firstPort: number | null;
    readonly pick: "auto" | "any";
    readonly portCount: number;
    readonly isolation: Isolation;
    readonly leasedPorts: ReadonlySet<number> | null;
    /** Whether leased ports are lent: see the native layer. Default: no. */
    readonly lendsPorts?: boolean;
    /**
     * Called before anything is made that outlives the process, perhaps for several runs one after the other. When the call
     * settles, nothing is left reserved in any of them but the block itself.
     */
    readonly intend: (run: PortRun) => Promise<void>;
    /** Called for an intended run that is still reserved though the block is not there: it could not be given back. */
    readonly leftBehind: (run: PortRun, error: unknown) => void;
  }): Promise<BlockReservation>;
}

export interface EventSink {
  /** Called once per event, in revision order, after it is on disk. Must not throw. */
  publish(event: BrokerEvent): void;
}

/** Re-exported so that implementers find the value types beside the interfaces. */
export type { PortRange };
