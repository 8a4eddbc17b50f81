// The handlers of LeaseService: check, call the core, convert, answer. What they mean is the core's business.

import type {
  LeaseServiceServer,
  WatchLeasesRequest,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { handleServerStreamingCall } from "@grpc/grpc-js";
import {
  AcquireLeaseResponse,
  LeaseServiceService,
  ReleaseLeaseResponse,
  RenewLeaseResponse,
  SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import type { LeaseHistory } from "../domain/lease-history.js";
import type { Log } from "../log.js";
import type { Transfers } from "../transfers.js";
import { toWireLease } from "./convert.js";
import { unary } from "./handler.js";
import { LeaseCalls } from "./lease-calls.js";
import { type Codec, encoderOf } from "./encoder.js";
import { listLeases } from "./list-leases.js";
import { type MessageBatch, serializerOf } from "./message-batch.js";
import { checkLeaseId, type ClaimProcess } from "./parse.js";
import type { SessionRegistry } from "./session-registry.js";
import { TransferCalls } from "./transfer-calls.js";
import type { WatchRegistry } from "./watch-registry.js";

export interface LeaseServiceDependencies {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly claimProcess: ClaimProcess;
  readonly transfers: Transfers;
  readonly sessions: SessionRegistry;
  readonly watches: WatchRegistry;
  readonly history: LeaseHistory;
  readonly log: Log;
}

/**
 * The service as it is served: the messages of a watch come encoded, once for all watches; those of a watch or a session may be written
 * several at once. What is asked often is encoded without a writer for each answer.
 */
export const servedLeaseService = {
  ...LeaseServiceService,
  acquireLease: oftenAnswered(LeaseServiceService.acquireLease, AcquireLeaseResponse),
  renewLease: oftenAnswered(LeaseServiceService.renewLease, RenewLeaseResponse),
  releaseLease: oftenAnswered(LeaseServiceService.releaseLease, ReleaseLeaseResponse),
  session: oftenAnswered(LeaseServiceService.session, SessionResponse),
  watchLeases: {
    ...LeaseServiceService.watchLeases,
    responseSerialize: serializerOf((encoded: Buffer) => encoded),
  },
};

/** The method with one writer for all of its answers. */
function oftenAnswered<Method extends object, Answer>(method: Method, answer: Codec<Answer>) {
  return { ...method, responseSerialize: serializerOf(encoderOf(answer)) };
}

/** `Omit` would lose the methods: the generated type lets any name stand for one. */
export type ServedLeaseService = Pick<LeaseServiceServer, UnaryMethod | "session"> & {
  readonly watchLeases: handleServerStreamingCall<
    WatchLeasesRequest,
    Buffer | MessageBatch<Buffer>
  >;
};

type UnaryMethod =
  | "acquireLease"
  | "renewLease"
  | "releaseLease"
  | "transferSocket"
  | "confirmTransfer"
  | "getLease"
  | "listLeases";

export function leaseService(dependencies: LeaseServiceDependencies): ServedLeaseService {
  const { broker, clock, claimProcess, sessions, watches, history, log } = dependencies;
  const calls = new LeaseCalls(broker, clock, claimProcess);
  const transfers = new TransferCalls(broker, dependencies.transfers, claimProcess, log);
  return {
    acquireLease: unary(log, "AcquireLease", (request, context) => calls.acquire(request, context)),
    renewLease: unary(log, "RenewLease", (request) => calls.renew(request)),
    releaseLease: unary(log, "ReleaseLease", (request) => calls.release(request)),
    getLease: unary(log, "GetLease", ({ leaseId }) => ({
      lease: toWireLease(broker.find(checkLeaseId(leaseId)), clock),
    })),
    listLeases: unary(log, "ListLeases", (request) => listLeases(broker, clock, request)),
    session: (call) => sessions.serve(call, calls),
    transferSocket: unary(log, "TransferSocket", (request, context) =>
      transfers.transfer(request, context),
    ),
    confirmTransfer: unary(log, "ConfirmTransfer", (request) => transfers.confirm(request)),
    watchLeases: (call) => watches.serve(call, { broker, history, clock }),
  };
}
