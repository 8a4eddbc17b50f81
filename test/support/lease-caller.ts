// Calls a broker over real gRPC, with the generated clients and nothing of @portlease/client: promises instead of callbacks,
// RpcFailure instead of ServiceError. Every holder key that arrives is noted as a secret.

import { readFileSync } from "node:fs";
import {
  type CallOptions,
  type ChannelCredentials,
  type ClientUnaryCall,
  credentials,
  InterceptingCall,
  type Interceptor,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { HealthClient, HealthCheckRequest } from "@portlease/proto/grpc/health/v1/health.js";
import { AdminServiceClient } from "@portlease/proto/portlease/v1/admin_service.js";
import type { Lease, PortReservation } from "@portlease/proto/portlease/v1/lease.js";
import {
  AcquireLeaseRequest,
  ConfirmTransferRequest,
  type DeepPartial,
  GetLeaseRequest,
  LeaseServiceClient,
  ListLeasesRequest,
  ReleaseLeaseRequest,
  type ReleaseLeaseResponse,
  RenewLeaseRequest,
  type RenewLeaseResponse,
  TransferSocketRequest,
  type TransferSocketResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { toRpcFailure } from "./rpc-failure.js";
import { noteSecret } from "./test-output.js";

/** A call that is not answered by then fails with DEADLINE_EXCEEDED, before the test gives up without saying why. */
const deadlineMs = 9_000;

export interface Acquired {
  readonly leaseId: string;
  readonly holderKey: string;
  /** The first port. */
  readonly port: number;
  readonly portCount: number;
  readonly generation: bigint;
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly lease: Lease;
  readonly reservations: readonly PortReservation[];
}

export interface CallerOptions {
  /** Cancels the call. */
  readonly signal?: AbortSignal;
}

type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

export class LeaseCaller {
  readonly leaseClient: LeaseServiceClient;
  readonly adminClient: AdminServiceClient;
  readonly healthClient: HealthClient;

  /**
   * `adminToken` is sent with calls of AdminService only: as a holder the caller is anonymous, or who `holder` says, over the
   * channel that it has, to a broker that is "localhost".
   */
  constructor(
    address: string,
    adminToken: string | null = null,
    holder: { readonly token: string; readonly channel: ChannelCredentials } | null = null,
  ) {
    // Without its own pool of connections a caller would share the one of every other caller of this process.
    const options = {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_retries": 0,
      ...(holder === null ? {} : { "grpc.ssl_target_name_override": "localhost" }),
    };
    const insecure = holder?.channel ?? credentials.createInsecure();
    this.leaseClient = new LeaseServiceClient(address, insecure, {
      ...options,
      interceptors: holder === null ? [] : [sendToken(holder.token)],
    });
    this.adminClient = new AdminServiceClient(address, insecure, {
      ...options,
      interceptors: adminToken === null ? [] : [sendToken(adminToken)],
    });
    this.healthClient = new HealthClient(address, insecure, options);
  }

  close(): void {
    this.leaseClient.close();
    this.adminClient.close();
    this.healthClient.close();
  }

  async acquire(
    fields: DeepPartial<AcquireLeaseRequest> = {},
    options: CallerOptions = {},
  ): Promise<Acquired> {
    const method = this.leaseClient.acquireLease.bind(this.leaseClient);
    const answer = await unary(method, AcquireLeaseRequest.fromPartial(fields), options);
    if (answer.holderKey !== "") noteSecret(answer.holderKey);
    if (answer.lease === undefined) throw new Error("an answer without a lease");
    return {
      leaseId: answer.lease.leaseId,
      holderKey: answer.holderKey,
      port: answer.lease.port,
      portCount: answer.lease.portCount,
      generation: answer.lease.generation,
      ttlMs: toMs(answer.lease.ttl),
      waitMs: toMs(answer.waitDuration),
      lease: answer.lease,
      reservations: answer.reservations,
    };
  }

  /** Resolves with the lease as it is now. */
  async renew(fields: DeepPartial<RenewLeaseRequest>): Promise<Lease> {
    const { lease } = await this.renewAnswer(fields);
    if (lease === undefined) throw new Error("an answer without a lease");
    return lease;
  }

  /** Resolves with everything that a renewal says. */
  renewAnswer(fields: DeepPartial<RenewLeaseRequest>): Promise<RenewLeaseResponse> {
    const method = this.leaseClient.renewLease.bind(this.leaseClient);
    return unary(method, RenewLeaseRequest.fromPartial(fields));
  }

  release(fields: DeepPartial<ReleaseLeaseRequest>): Promise<ReleaseLeaseResponse> {
    const method = this.leaseClient.releaseLease.bind(this.leaseClient);
    return unary(method, ReleaseLeaseRequest.fromPartial(fields));
  }

  transfer(fields: DeepPartial<TransferSocketRequest>): Promise<TransferSocketResponse> {
    const method = this.leaseClient.transferSocket.bind(this.leaseClient);
    return unary(method, TransferSocketRequest.fromPartial(fields));
  }

  async confirm(fields: DeepPartial<ConfirmTransferRequest>): Promise<void> {
    const method = this.leaseClient.confirmTransfer.bind(this.leaseClient);
    await unary(method, ConfirmTransferRequest.fromPartial(fields));
  }

  async get(leaseId: string): Promise<Lease> {
    const method = this.leaseClient.getLease.bind(this.leaseClient);
    const { lease } = await unary(method, GetLeaseRequest.fromPartial({ leaseId }));
    if (lease === undefined) throw new Error("an answer without a lease");
    return lease;
  }

  /** All leases, page by page. */
  async list(pageSize = 0): Promise<readonly Lease[]> {
    const method = this.leaseClient.listLeases.bind(this.leaseClient);
    const leases: Lease[] = [];
    let pageToken = "";
    do {
      const page = await unary(method, ListLeasesRequest.fromPartial({ pageSize, pageToken }));
      leases.push(...page.leases);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    return leases;
  }

  /** The health of the whole broker, or of one service. */
  async health(service = ""): Promise<"SERVING" | "NOT_SERVING" | "OTHER"> {
    const method = this.healthClient.check.bind(this.healthClient);
    const { status } = await unary(method, HealthCheckRequest.fromPartial({ service }));
    return status === 1 ? "SERVING" : status === 2 ? "NOT_SERVING" : "OTHER";
  }
}

/** The admin token of a broker, noted as a secret. */
export function adminTokenIn(file: string): string {
  const token = readFileSync(file, "utf8").trim();
  noteSecret(token);
  return token;
}

function sendToken(token: string): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start: (metadata, listener, next) => {
        metadata.set("authorization", `Bearer ${token}`);
        next(metadata, listener);
      },
    });
}

/** One unary call as a promise that rejects with RpcFailure. `method` must be bound to its client. */
export function unary<Request, Response>(
  method: UnaryMethod<Request, Response>,
  request: Request,
  { signal }: CallerOptions = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + deadlineMs };
    const call = method(request, new Metadata(), options, (error, response) => {
      signal?.removeEventListener("abort", cancel);
      if (error === null) resolve(response);
      else reject(toRpcFailure(error));
    });
    const cancel = (): void => call.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
  });
}

export function toMs(
  duration: { readonly seconds: bigint; readonly nanos: number } | undefined,
): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1_000 + duration.nanos / 1_000_000;
}

export function fromMs(milliseconds: number): { seconds: bigint; nanos: number } {
  const seconds = Math.floor(milliseconds / 1_000);
  return { seconds: BigInt(seconds), nanos: (milliseconds - seconds * 1_000) * 1_000_000 };
}
