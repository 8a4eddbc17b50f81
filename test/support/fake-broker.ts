// A gRPC server on loopback whose services answer as a test says. For what the CLI makes of answers and errors.

import {
  Metadata,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type status,
} from "@grpc/grpc-js";
import { ErrorInfo } from "@portlease/proto/google/rpc/error_details.js";
import { Status } from "@portlease/proto/google/rpc/status.js";
import {
  AdminServiceService,
  type AdminServiceServer,
} from "@portlease/proto/portlease/v1/admin_service.js";
import {
  FleetServiceService,
  type FleetServiceServer,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import {
  LeaseServiceService,
  type LeaseServiceServer,
} from "@portlease/proto/portlease/v1/lease_service.js";

/** What one RPC answers: a message, or an error by `refuse`. */
export type FakeMethods = {
  readonly [
    Method in "acquireLease" | "renewLease" | "releaseLease" | "getLease" | "listLeases"
  ]?: (
    request: Parameters<LeaseServiceServer[Method]>[0]["request"],
  ) => Parameters<Parameters<LeaseServiceServer[Method]>[1]>[1] | FakeRefusal;
};

type UnaryAdminMethod =
  | "getBroker"
  | "listPools"
  | "updatePool"
  | "listBlocks"
  | "reserveBlock"
  | "drainBlock"
  | "removeBlock"
  | "revokeLease"
  | "listPins"
  | "pinPort"
  | "unpinPort"
  | "listQuotas"
  | "setQuota"
  | "getConfig"
  | "reloadConfig"
  | "getUsageHistory"
  | "listLeaseEvents"
  | "explainPort"
  | "auditPorts";

/** The same of the AdminService. */
export type FakeAdminMethods = {
  readonly [Method in UnaryAdminMethod]?: (
    request: Parameters<AdminServiceServer[Method]>[0]["request"],
  ) => Parameters<Parameters<AdminServiceServer[Method]>[1]>[1] | FakeRefusal;
};

type UnaryFleetMethod =
  | "findService"
  | "forgetHost"
  | "getFleet"
  | "getHost"
  | "listFleetLeases"
  | "listHosts"
  | "listProblems";

/** The same of the FleetService, which a fleet server has. */
export type FakeFleetMethods = {
  readonly [Method in UnaryFleetMethod]?: (
    request: Parameters<FleetServiceServer[Method]>[0]["request"],
  ) => Parameters<Parameters<FleetServiceServer[Method]>[1]>[1] | FakeRefusal;
};

export interface FakeRefusal {
  readonly refused: true;
  readonly code: status;
  readonly reason: string;
  readonly message: string;
}

export function refuse(code: status, reason: string, message: string): FakeRefusal {
  return { refused: true, code, reason, message };
}

export interface FakeBroker {
  readonly address: string;
  stop(): void;
}

export async function startFakeBroker(
  methods: FakeMethods,
  adminMethods: FakeAdminMethods = {},
  fleetMethods: FakeFleetMethods = {},
): Promise<FakeBroker> {
  const server = new Server();
  server.addService(LeaseServiceService, handlersOf(LeaseServiceService, methods));
  server.addService(AdminServiceService, handlersOf(AdminServiceService, adminMethods));
  server.addService(FleetServiceService, handlersOf(FleetServiceService, fleetMethods));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

type Handler = (call: { readonly request: unknown }, callback: sendUnaryData<unknown>) => void;

function handlersOf(service: object, methods: object): Record<string, Handler> {
  const known = methods as Readonly<Record<string, ((request: unknown) => unknown) | undefined>>;
  const handlers = Object.keys(service).map((name): readonly [string, Handler] => [
    name,
    (call, callback) => {
      const method = known[name];
      // No answer at all, for tests of the deadline.
      if (method === undefined) return;
      const answer = method(call.request);
      if (isRefusal(answer)) callback({ ...serviceError(answer) });
      else callback(null, answer);
    },
  ]);
  return Object.fromEntries(handlers);
}

function isRefusal(answer: unknown): answer is FakeRefusal {
  return typeof answer === "object" && answer !== null && "refused" in answer;
}

function serviceError({ code, reason, message }: FakeRefusal) {
  const info = ErrorInfo.encode({ reason, domain: "portlease", metadata: {} }).finish();
  const details = [
    { typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", value: Buffer.from(info) },
  ];
  const metadata = new Metadata();
  const packed = Status.encode({ code, message, details }).finish();
  metadata.set("grpc-status-details-bin", Buffer.from(packed));
  return { code, details: message, metadata };
}
