// What the JavaScript client asks in each row. A turn only makes calls; counting and timing is closed-loop.ts.

import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  HealthCheckRequest,
  type HealthCheckResponse,
} from "@portlease/proto/grpc/health/v1/health.js";
import {
  AcquireLeaseRequest,
  type AcquireLeaseResponse,
  ListLeasesRequest,
  type ListLeasesResponse,
  type ReleaseLeaseRequest,
  type ReleaseLeaseResponse,
  type RenewLeaseRequest,
  type RenewLeaseResponse,
  type RenewLeases,
} from "@portlease/proto/portlease/v1/lease_service.js";
import getPort from "get-port";
import type { Turn } from "./closed-loop.js";
import { type Connection, unaryCall } from "./connection.js";

/** How many leases one message of the batched rows renews. */
export const batchSize = 64;

/** As many as one page of a list may have: docs/limits.md. */
const pageSize = 1_000;

/** Each lane is an instance of its own, which has its former port again where it is free. */
function holderOf(lane: number): { readonly service: string; readonly instance: string } {
  return { service: "bench", instance: `load-${lane}` };
}

/** The least that a service sends: its name. */
function plainRequest(lane: number): AcquireLeaseRequest {
  return AcquireLeaseRequest.fromPartial({ holder: holderOf(lane) });
}

/** As the client library asks: a repeat gets the same lease, and the broker notes which process holds it. */
function clientRequest(lane: number): AcquireLeaseRequest {
  return AcquireLeaseRequest.fromPartial({
    holder: { ...holderOf(lane), process: { processId: process.pid } },
    requestId: randomUUID(),
  });
}

function emptyCalls({ health }: Connection): Turn {
  const request = HealthCheckRequest.fromPartial({});
  const check = (): Promise<HealthCheckResponse> =>
    unaryCall((callback) => health.check(request, callback));
  return async (timed) => void (await timed(check));
}

function sessionPairs({ session }: Connection): Turn {
  return async (timed, lane) => {
    const acquire = { $case: "acquireLease", value: plainRequest(lane) } as const;
    const { lease, holderKey } = await timed(() => session.ask(acquire, "acquireLease"));
    const value = { leaseId: lease?.leaseId ?? "", holderKey, allowMissing: false };
    await timed(() => session.ask({ $case: "releaseLease", value }, "releaseLease"));
  };
}

function unaryRenewals({ leases, held }: Connection): Turn {
  let next = 0;
  const renew = (request: RenewLeaseRequest): Promise<RenewLeaseResponse> =>
    unaryCall((callback) => leases.renewLease(request, callback));
  return async (timed) => {
    const lease = held[next++ % held.length];
    if (lease === undefined) throw new RangeError("there is no lease to renew");
    await timed(() => renew({ ...lease, ttl: undefined }));
  };
}

/** All pages are one call. */
function lists({ leases }: Connection): Turn {
  const listAll = async (): Promise<void> => {
    let pageToken = "";
    let count = 0;
    do {
      const request = ListLeasesRequest.fromPartial({ pageSize, pageToken });
      const page: ListLeasesResponse = await unaryCall((callback) =>
        leases.listLeases(request, callback),
      );
      count += page.leases.length;
      pageToken = page.nextPageToken;
      if (pageToken === "" && count < page.totalSize) {
        throw new Error(`the list has ${count} of ${page.totalSize} leases`);
      }
    } while (pageToken !== "");
  };
  return (timed) => timed(listAll);
}

function unaryPairs(
  { leases }: Connection,
  makeRequest: (lane: number) => AcquireLeaseRequest,
): Turn {
  const acquire = (request: AcquireLeaseRequest): Promise<AcquireLeaseResponse> =>
    unaryCall((callback) => leases.acquireLease(request, callback));
  const release = (request: ReleaseLeaseRequest): Promise<ReleaseLeaseResponse> =>
    unaryCall((callback) => leases.releaseLease(request, callback));
  return async (timed, lane) => {
    const request = makeRequest(lane);
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

/** What npm's get-port does for a program that asks for a port: it looks, and keeps nothing for others. */
function findFreePorts(): Turn {
  return async (timed) => {
    await timed(() => getPort());
    // One after the other they leave Node's timers no turn: the end of the window would never come.
    await nextTurn();
  };
}

/** By the names of rows.ts. */
export const javascriptTurns: Readonly<Record<string, (connection: Connection) => Turn>> = {
  "empty-unary": emptyCalls,
  "unary-pair": (connection) => unaryPairs(connection, plainRequest),
  "client-pair": (connection) => unaryPairs(connection, clientRequest),
  "session-pair": sessionPairs,
  "unary-renew": unaryRenewals,
  "session-renew": (connection) => renewals(connection, 1),
  "session-renew-64": (connection) => renewals(connection, batchSize),
  list: lists,
};

/** The same for rows whose work is done in this process. */
export const turnsWithoutServer: Readonly<Record<string, () => Turn>> = {
  "get-port": findFreePorts,
};
