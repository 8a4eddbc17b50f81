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
import type { BrokerLink } from "./broker-connection.js";
import type { ClientSettings } from "./client-options.js";
import { retryUnavailable } from "./retry.js";
import { unaryCall } from "./unary-call.js";

/** How long binding waits for the broker, in milliseconds: one that restarts is back by then. */
export const bindCallMsMax = 10_000;

/** How long a confirmation may take, in milliseconds: a listen waits for it, and nothing depends on it. */
export const confirmMsMax = 1_000;

type StartCall<T> = (
  rpc: LeaseServiceClient,
  metadata: Metadata,
  callback: (error: ServiceError | null, response: T) => void,
) => ClientUnaryCall;

export class LeaseCalls {
  readonly #reach: () => BrokerLink;
  readonly #settings: ClientSettings;
  readonly #closing: AbortSignal;

  /** Each try goes where `reach` says. `closing` ends the calls for binding; leases are given back while the client closes. */
  constructor(reach: () => BrokerLink, settings: ClientSettings, closing: AbortSignal) {
    this.#reach = reach;
    this.#settings = settings;
    this.#closing = closing;
  }

  /** One try. */
  acquire(
    request: AcquireLeaseRequest,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<AcquireLeaseResponse> {
    return this.#once(timeoutMs, signal, (rpc, metadata, callback) =>
      rpc.acquireLease(request, metadata, callback),
    );
  }

  release(leaseId: string, holderKey: string): Promise<ReleaseLeaseResponse> {
    const request = { leaseId, holderKey, allowMissing: true };
    return this.#patiently(this.#settings.releaseTimeoutMs, null, (rpc, metadata, callback) =>
      rpc.releaseLease(request, metadata, callback),
    );
  }

  renew(leaseId: string, holderKey: string): Promise<RenewLeaseResponse> {
    const request = { leaseId, holderKey, ttl: undefined };
    return this.#patiently(bindCallMsMax, this.#closing, (rpc, metadata, callback) =>
      rpc.renewLease(request, metadata, callback),
    );
  }

  transferSocket(request: TransferSocketRequest): Promise<TransferSocketResponse> {
    return this.#patiently(bindCallMsMax, this.#closing, (rpc, metadata, callback) =>
      rpc.transferSocket(request, metadata, callback),
    );
  }

  /** One try. */
  async confirmTransfer(transferId: string, holderKey: string): Promise<void> {
    const request = { transferId, holderKey };
    await this.#once<ConfirmTransferResponse>(
      confirmMsMax,
      this.#closing,
      (rpc, metadata, callback) => rpc.confirmTransfer(request, metadata, callback),
    );
  }

  #once<T>(timeoutMs: number, signal: AbortSignal | null, start: StartCall<T>): Promise<T> {
    const { address, rpc, metadata } = this.#reach();
    const limits = { address, timers: this.#settings.timers, timeoutMs, signal };
    return unaryCall<T>((callback) => start(rpc, metadata(), callback), limits);
  }

  /** Again and again while the broker is away: for what is safe to repeat. */
  #patiently<T>(timeoutMs: number, signal: AbortSignal | null, start: StartCall<T>): Promise<T> {
    return retryUnavailable(this.#settings, { timeoutMs, signal }, (leftMs) =>
      this.#once(leftMs, signal, start),
    );
  }
}
