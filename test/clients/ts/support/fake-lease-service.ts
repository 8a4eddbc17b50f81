// A gRPC server on loopback that plays the broker: grants ports from a list, renews what it granted, and does as a test says.

import {
  Metadata,
  Server,
  ServerCredentials,
  type status,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { BindMethod, Protocol, ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import { Lease, Lease_State, type PortReservation } from "@portlease/proto/portlease/v1/lease.js";
import {
  LeaseServiceService,
  type AcquireLeaseRequest,
  type AcquireLeaseResponse,
  type ConfirmTransferRequest,
  type ConfirmTransferResponse,
  type LeaseRenewal,
  type LeaseServiceServer,
  type ReleaseLeaseRequest,
  type ReleaseLeaseResponse,
  type RenewLeaseRequest,
  type RenewLeaseResponse,
  type SessionRequest,
  type SessionResponse,
  type TransferSocketRequest,
  type TransferSocketResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { Status } from "@portlease/proto/google/rpc/status.js";
import { durationFromMs } from "#client/duration.js";
import { rpcStatus } from "./fake-streams.js";

export type FakeSession = ServerDuplexStream<SessionRequest, SessionResponse>;

/** What a broker says on a session. */
export type BrokerNews = NonNullable<SessionResponse["response"]>;

/** What an acquire is answered with: a grant, a failure, or `null` for no answer at all. */
export type AcquireAnswer = AcquireLeaseResponse | Status | null;

export class FakeLeaseService {
  readonly acquires: AcquireLeaseRequest[] = [];
  readonly metadata: Metadata[] = [];
  readonly renewals: RenewLeaseRequest[] = [];
  readonly releases: ReleaseLeaseRequest[] = [];
  /** Renewals that were no part of a session. */
  readonly unaryRenewals: RenewLeaseRequest[] = [];
  readonly transfers: TransferSocketRequest[] = [];
  readonly confirms: ConfirmTransferRequest[] = [];
  readonly sessions = new Set<FakeSession>();
  readonly ports: readonly number[];
  cancelledAcquires = 0;
  bindMethod: BindMethod = BindMethod.BIND_METHOD_SHARE_PORT;
  token = 0n;
  ttlMs = 30_000;
  /** Tests replace these to answer otherwise. */
  onAcquire: (request: AcquireLeaseRequest) => AcquireAnswer = (request) => this.grant(request);
  onRelease: () => ReleaseLeaseResponse | Status | null = () => ({
    alreadyEnded: false,
    quarantine: undefined,
  });
  onRenew: (request: RenewLeaseRequest) => Partial<LeaseRenewal> = () => ({});
  onUnaryRenewal: (request: RenewLeaseRequest) => RenewLeaseResponse | Status | null = () => ({
    lease: undefined,
    reservations: [],
    warnings: [],
  });
  onTransfer: (request: TransferSocketRequest) => TransferSocketResponse | Status | null = () => ({
    protocolInfo: Buffer.alloc(628),
    transferId: `transfer-${this.transfers.length}`,
    confirmWithin: undefined,
  });
  onConfirm: () => ConfirmTransferResponse | Status | null = () => ({});
  #server: Server | null = null;
  #port = 0;
  #granted = 0;

  constructor(ports: readonly number[] = [20_001, 20_002, 20_003]) {
    this.ports = ports;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Listens on a free port, later always on the same. */
  async start(): Promise<this> {
    const server = new Server();
    const handlers = {
      acquireLease: (call, callback) => this.#acquire(call, callback),
      releaseLease: (call, callback) => this.#release(call, callback),
      renewLease: ({ request }, callback) => {
        this.unaryRenewals.push(request);
        reply(this.onUnaryRenewal(request), callback);
      },
      transferSocket: ({ request }, callback) => {
        this.transfers.push(request);
        reply(this.onTransfer(request), callback);
      },
      confirmTransfer: ({ request }, callback) => {
        this.confirms.push(request);
        reply(this.onConfirm(), callback);
      },
      session: (call) => this.#session(call),
    } satisfies Partial<LeaseServiceServer>;
    server.addService(
      LeaseServiceService,
      handlers as Partial<LeaseServiceServer> as LeaseServiceServer,
    );
    // Before it listens: a test may end while it begins to.
    this.#server = server;
    this.#port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(
        `127.0.0.1:${this.#port}`,
        ServerCredentials.createInsecure(),
        (error, port) => (error === null ? resolve(port) : reject(error)),
      );
    });
    if (this.#server !== server) server.forceShutdown();
    return this;
  }

  /** Ends at once, as a killed broker does. No-op when stopped. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#server = null;
    this.sessions.clear();
  }

  /** Says something to every session. */
  tell(response: BrokerNews): void {
    for (const session of this.sessions) session.write({ requestNumber: 0n, response });
  }

  grant(request: AcquireLeaseRequest): AcquireLeaseResponse {
    const portCount = Math.max(1, request.portCount);
    const port = this.ports[this.#granted % this.ports.length] ?? 20_001;
    this.#granted += portCount;
    return {
      lease: Lease.fromPartial({
        leaseId: `lease-${this.#granted}`,
        pool: "default",
        protocol: request.protocol,
        port,
        portCount,
        state: Lease_State.STATE_ACTIVE,
        ttl: durationFromMs(this.ttlMs),
        generation: 7n,
      }),
      holderKey: `key-${this.#granted}`,
      waitDuration: durationFromMs(0),
      reservations: this.reservations(request.protocol, port, portCount),
      warnings: [],
    };
  }

  /** One reservation for each protocol. */
  reservations(protocol: Protocol, firstPort: number, portCount: number): PortReservation[] {
    const both = [Protocol.PROTOCOL_TCP, Protocol.PROTOCOL_UDP];
    return (protocol === Protocol.PROTOCOL_TCP_AND_UDP ? both : [protocol]).map((each) => ({
      protocol: each,
      kind: ReservationKind.RESERVATION_KIND_HELD,
      firstPort,
      portCount,
      token: this.token,
      bindMethod: this.bindMethod,
    }));
  }

  #acquire(
    call: ServerUnaryCall<AcquireLeaseRequest, AcquireLeaseResponse>,
    callback: sendUnaryData<AcquireLeaseResponse>,
  ): void {
    this.acquires.push(call.request);
    this.metadata.push(call.metadata);
    call.on("cancelled", () => (this.cancelledAcquires += 1));
    reply(this.onAcquire(call.request), callback);
  }

  #release(
    call: ServerUnaryCall<ReleaseLeaseRequest, ReleaseLeaseResponse>,
    callback: sendUnaryData<ReleaseLeaseResponse>,
  ): void {
    this.releases.push(call.request);
    reply(this.onRelease(), callback);
  }

  #session(call: FakeSession): void {
    this.sessions.add(call);
    this.metadata.push(call.metadata);
    call.on("data", ({ requestNumber, request }: SessionRequest) => {
      if (request?.$case !== "renewLeases") return;
      this.renewals.push(...request.value.leases);
      const leases = request.value.leases.map((lease) => this.#renewal(lease));
      call.write({ requestNumber, response: { $case: "renewLeases", value: { leases } } });
    });
    call.on("end", () => call.end());
    call.on("close", () => this.sessions.delete(call));
    call.on("cancelled", () => this.sessions.delete(call));
  }

  #renewal(request: RenewLeaseRequest): LeaseRenewal {
    return {
      leaseId: request.leaseId,
      ttl: durationFromMs(this.ttlMs),
      error: undefined,
      reservations: [],
      warnings: [],
      ...this.onRenew(request),
    };
  }
}

export function refusal(code: status, reason: string, retryDelayMs: number | null = null): Status {
  return rpcStatus(code, reason, retryDelayMs);
}

function reply<T>(answer: T | Status | null, callback: sendUnaryData<T>): void {
  if (answer === null) return;
  if (!isStatus(answer)) {
    callback(null, answer);
    return;
  }
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(Status.encode(answer).finish()));
  callback({ code: answer.code, details: answer.message, metadata });
}

function isStatus(answer: unknown): answer is Status {
  return typeof answer === "object" && answer !== null && "details" in answer && "code" in answer;
}
