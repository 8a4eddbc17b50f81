// The unary calls that a client makes for its leases, each with its time limit. What they are for is their callers' business.

import type { ClientUnaryCall, Metadata, ServiceError } from "@grpc/grpc-js";
import type {
  AcquireLeaseRequest,
  AcquireLeaseResponse,
  ConfirmTransferResponse,
  LeaseServiceClient,
  ReleaseLeaseResponse,
  RenewLeaseResponse,
  TransferSocketRequest,
  TransferSocketResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { ClientSettings } from "./client-options.js";
import { retryUnavailable } from "./retry.js";
import { unaryCall } from "./unary-call.js";

/** How long binding waits for the broker, in milliseconds: one that restarts is back by then. */
export const bindCallMsMax = 10_000;

/** How long a confirmation may take, in milliseconds: a listen waits for it, and nothing depends on it. */
export const confirmMsMax = 1_000;

type StartCall<T> = (
  metadata: Metadata,
  callback: (error: ServiceError | null, response: T) => void,
) => ClientUnaryCall;

export class LeaseCalls {
  readonly #rpc: LeaseServiceClient;
  readonly #metadata: () => Metadata;
  readonly #settings: ClientSettings;
  readonly #closing: AbortSignal;

  /** `closing` ends the calls for binding; leases are given back while the client closes. */
  constructor(
    rpc: LeaseServiceClient,
    metadata: () => Metadata,
    settings: ClientSettings,
    closing: AbortSignal,
  ) {
    this.#rpc = rpc;
    this.#metadata = metadata;
    this.#settings = settings;
    this.#closing = closing;
  }

  /** One try. */
  acquire(
    request: AcquireLeaseRequest,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<AcquireLeaseResponse> {
    return this.#once(timeoutMs, signal, (metadata, callback) =>
      this.#rpc.acquireLease(request, metadata, callback),
    );
  }

  release(leaseId: string, holderKey: string): Promise<ReleaseLeaseResponse> {
    const request = { leaseId, holderKey, allowMissing: true };
    return this.#patiently(this.#settings.releaseTimeoutMs, null, (metadata, callback) =>
      this.#rpc.releaseLease(request, metadata, callback),
    );
  }

  renew(leaseId: string, holderKey: string): Promise<RenewLeaseResponse> {
    const request = { leaseId, holderKey, ttl: undefined };
    return this.#patiently(bindCallMsMax, this.#closing, (metadata, callback) =>
      this.#rpc.renewLease(request, metadata, callback),
    );
  }

  transferSocket(request: TransferSocketRequest): Promise<TransferSocketResponse> {
    return this.#patiently(bindCallMsMax, this.#closing, (metadata, callback) =>
      this.#rpc.transferSocket(request, metadata, callback),
    );
  }

  /** One try. */
  async confirmTransfer(transferId: string, holderKey: string): Promise<void> {
    const request = { transferId, holderKey };
    await this.#once<ConfirmTransferResponse>(confirmMsMax, this.#closing, (metadata, callback) =>
      this.#rpc.confirmTransfer(request, metadata, callback),
    );
  }

  #once<T>(timeoutMs: number, signal: AbortSignal | null, start: StartCall<T>): Promise<T> {
    const { address, timers } = this.#settings;
    const limits = { address, timers, timeoutMs, signal };
    return unaryCall<T>((callback) => start(this.#metadata(), callback), limits);
  }

  /** Again and again while the broker is away: for what is safe to repeat. */
  #patiently<T>(timeoutMs: number, signal: AbortSignal | null, start: StartCall<T>): Promise<T> {
    return retryUnavailable(this.#settings, { timeoutMs, signal }, (leftMs) =>
      this.#once(leftMs, signal, start),
    );
  }
}
