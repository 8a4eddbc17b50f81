// What the broker and the fleet server need of etcd, in the words of its v3 API: https://etcd.io/docs/v3.5/learning/api/
// Revisions, lease ids and counts are numbers where etcd's are 64 bits wide but never pass 2^53 in practice, bigints where they do.

/** A key with its value. */
export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  /** The revision of its last change. */
  readonly modRevision: bigint;
  readonly createRevision: bigint;
  /** The lease that it goes with; 0n: none. */
  readonly leaseId: bigint;
}

export interface RangeRequest {
  /** All keys that begin with it. */
  readonly prefix: string;
  /** Only keys after this one: where the page before ended. */
  readonly after?: string;
  /**
   * At most so many. An answer above `answerBytesMax` is refused, so the limit times the largest value is to stay below it.
   */
  readonly limit?: number;
  /** As of this revision; default: now. */
  readonly revision?: bigint;
  readonly keysOnly?: boolean;
}

export interface RangePage {
  /** By key. */
  readonly entries: readonly KeyValue[];
  /** More keys follow. */
  readonly more: boolean;
  /** Of etcd, when it answered. */
  readonly revision: bigint;
}

/** A condition of a transaction. */
export type Compare =
  | { readonly key: string; readonly leaseId: bigint }
  /** 0n: there is no such key. */
  | { readonly key: string; readonly modRevision: bigint }
  | { readonly key: string; readonly createRevision: bigint };

export type Operation =
  | { readonly put: string; readonly value: Uint8Array | string; readonly leaseId?: bigint }
  | { readonly delete: string }
  | { readonly deletePrefix: string }
  | { readonly get: string };

export interface Transaction {
  /** All must hold. */
  readonly when: readonly Compare[];
  /** What is done then, as one change. */
  readonly success: readonly Operation[];
  /** What is done else; default: nothing. */
  readonly failure?: readonly Operation[];
}

export interface TransactionResult {
  /** Whether all conditions held, and `success` was done. */
  readonly succeeded: boolean;
  readonly revision: bigint;
  /** What the `get`s of what was done found, in their order; `null`: no such key. */
  readonly found: readonly (KeyValue | null)[];
}

/** etcd takes at most so many operations in a transaction unless it was told otherwise (--max-txn-ops). */
export const operationsPerTransactionMax = 128;

/** etcd takes at most so many bytes in one request unless it was told otherwise (--max-request-bytes). */
export const requestBytesMax = 1_572_864;

/** The client takes no larger answer: a page of 100 values of 256 KiB has room. */
export const answerBytesMax = 33_554_432;

export type WatchEvent =
  | { readonly type: "put"; readonly entry: KeyValue }
  | { readonly type: "delete"; readonly key: string; readonly modRevision: bigint };

export interface WatchRequest {
  readonly prefix: string;
  /** Every change from this revision on. */
  readonly fromRevision: bigint;
}

export interface WatchListener {
  /** All events of whole revisions, in their order. `revision`: that of the last one. */
  changed(events: readonly WatchEvent[], revision: bigint): void;
  /**
   * etcd answers, and nothing else has changed up to this revision, which may be told before. Comes when the watch has begun or is
   * resumed, and every few seconds of silence, so that a silent watch is told from a dead one.
   */
  progressed(revision: bigint): void;
  /**
   * etcd does not answer any more. The watch is resumed by itself: `changed` or `progressed` say that it is. Told again with each
   * try that fails.
   */
  interrupted?(error: EtcdError): void;
  /**
   * It has ended, and is not begun again by itself.
   * `compacted`: changes that are asked for are not there any more, or etcd has begun anew; range, and watch from there.
   * `failed`: what does not go away by itself. `error` says what: denied, refused, closed.
   */
  ended(reason: "compacted" | "failed", error: EtcdError): void;
}

export interface Watch {
  /** A no-op when it has ended. `ended` is not called any more. */
  cancel(): void;
}

export type EtcdErrorCode =
  /** No endpoint answers, or it has no leader. Try again later. */
  | "unavailable"
  /** It did not answer in time: what was asked for may be done or not. */
  | "timeout"
  /** User, password, token or rights. */
  | "denied"
  /** The etcd lease is gone. */
  | "lease-not-found"
  /** The revision is compacted away, or is none that this etcd has come to. */
  | "compacted"
  /** etcd's database is full: --quota-backend-bytes. */
  | "no-space"
  /** Anything else that etcd refuses. */
  | "refused"
  /** close() was called. */
  | "closed";

export class EtcdError extends Error {
  readonly code: EtcdErrorCode;

  /** `message` says what was tried, where, and what came of it. */
  constructor(code: EtcdErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EtcdError";
    this.code = code;
  }
}

/** All methods reject with EtcdError, and none waits for longer than the client's time limit. */
export interface Etcd {
  range(request: RangeRequest): Promise<RangePage>;
  /** Never sent twice when it writes and may have been done: that is `timeout`. */
  transact(transaction: Transaction): Promise<TransactionResult>;
  /** `ttlSeconds`: etcd may grant more. On `timeout` there may be a lease that nobody knows; it runs out by itself. */
  grantLease(ttlSeconds: number): Promise<{ leaseId: bigint; ttlSeconds: number }>;
  /** Resolves with the seconds left; 0: the lease is gone. */
  keepAlive(leaseId: bigint): Promise<number>;
  /** With it go its keys. A no-op when it is gone already. */
  revokeLease(leaseId: bigint): Promise<void>;
  /** Never throws: what is the matter is told to the listener, never before this returns. */
  watch(request: WatchRequest, listener: WatchListener): Watch;
  /** Ends everything under way with EtcdError closed. Idempotent. */
  close(): void;
}
