// What is measured: one entry per row. A scenario only makes calls; counting and timing is closed-loop.ts.

import { randomUUID } from "node:crypto";
import {
  HealthCheckRequest,
  type HealthCheckResponse,
} from "@portlease/proto/grpc/health/v1/health.js";
import {
  AcquireLeaseRequest,
  type AcquireLeaseResponse,
  type ReleaseLeaseRequest,
  type ReleaseLeaseResponse,
  type RenewLeases,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { type Connection, unaryCall } from "./connection.js";

/** Times one call. */
export type Timed = <T>(call: () => Promise<T>) => Promise<T>;

/** One turn of one of the lanes that run beside each other; it makes one call or several, one after the other. */
export type Turn = (timed: Timed) => Promise<void>;

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What is counted. */
  readonly unit: "calls" | "pairs" | "leases";
  readonly unitsPerCall: number;
  makeTurn(connection: Connection): Turn;
}

const batchSize = 64;

const holder = { service: "bench", instance: "load" };

/** The least that a service sends: its name. */
const plainRequest = AcquireLeaseRequest.fromPartial({ holder });

/** As the client library asks: a repeat gets the same lease, and the broker notes which process holds it. */
function clientRequest(): AcquireLeaseRequest {
  return AcquireLeaseRequest.fromPartial({
    holder: { ...holder, process: { processId: process.pid } },
    requestId: randomUUID(),
  });
}

export const scenarios: readonly Scenario[] = [
  {
    name: "empty-unary",
    title: "empty unary call (grpc.health.v1 Check)",
    unit: "calls",
    unitsPerCall: 1,
    makeTurn: ({ health }) => {
      const request = HealthCheckRequest.fromPartial({});
      const check = (): Promise<HealthCheckResponse> =>
        unaryCall((callback) => health.check(request, callback));
      return async (timed) => void (await timed(check));
    },
  },
  {
    name: "unary-pair",
    title: "acquire + release, unary, durable",
    unit: "pairs",
    unitsPerCall: 1 / 2,
    makeTurn: (connection) => unaryPairs(connection, () => plainRequest),
  },
  {
    name: "client-pair",
    title: "acquire + release, unary, with request_id and process",
    unit: "pairs",
    unitsPerCall: 1 / 2,
    makeTurn: (connection) => unaryPairs(connection, clientRequest),
  },
  {
    name: "session-pair",
    title: "acquire + release, session, durable",
    unit: "pairs",
    unitsPerCall: 1 / 2,
    makeTurn: ({ session }) => {
      const acquire = { $case: "acquireLease", value: plainRequest } as const;
      return async (timed) => {
        const { lease, holderKey } = await timed(() => session.ask(acquire, "acquireLease"));
        const value = { leaseId: lease?.leaseId ?? "", holderKey, allowMissing: false };
        await timed(() => session.ask({ $case: "releaseLease", value }, "releaseLease"));
      };
    },
  },
  {
    name: "session-renew",
    title: "renewals, session, 1 per message",
    unit: "leases",
    unitsPerCall: 1,
    makeTurn: (connection) => renewals(connection, 1),
  },
  {
    name: "session-renew-64",
    title: `renewals, session, ${batchSize} per message`,
    unit: "leases",
    unitsPerCall: batchSize,
    makeTurn: (connection) => renewals(connection, batchSize),
  },
];

export const scenarioNames: readonly string[] = scenarios.map(({ name }) => name);

function unaryPairs({ leases }: Connection, makeRequest: () => AcquireLeaseRequest): Turn {
  const acquire = (request: AcquireLeaseRequest): Promise<AcquireLeaseResponse> =>
    unaryCall((callback) => leases.acquireLease(request, callback));
  const release = (request: ReleaseLeaseRequest): Promise<ReleaseLeaseResponse> =>
    unaryCall((callback) => leases.releaseLease(request, callback));
  return async (timed) => {
    const request = makeRequest();
    const { lease, holderKey } = await timed(() => acquire(request));
    const end = { leaseId: lease?.leaseId ?? "", holderKey, allowMissing: false };
    await timed(() => release(end));
  };
}

/** Goes round through the held leases, each message with its own share of them. */
function renewals({ session, held }: Connection, count: number): Turn {
  const asks: { readonly $case: "renewLeases"; readonly value: RenewLeases }[] = [];
  for (let first = 0; first + count <= held.length; first += count) {
    const leases = held
      .slice(first, first + count)
      .map(({ leaseId, holderKey }) => ({ leaseId, holderKey, ttl: undefined }));
    asks.push({ $case: "renewLeases", value: { leases } });
  }
  let next = 0;
  return async (timed) => {
    const ask = asks[next++ % asks.length];
    if (ask === undefined) throw new RangeError("there are too few leases to renew");
    const { leases } = await timed(() => session.ask(ask, "renewLeases"));
    const failed = leases.find(({ error }) => error !== undefined);
    if (failed !== undefined) throw new Error(`a renewal failed: ${failed.error?.message}`);
  };
}
