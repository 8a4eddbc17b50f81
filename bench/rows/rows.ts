// The rows of the benchmark: what one unit is, whose server is asked, and which clients can ask it.

import { batchSize } from "./javascript-turns.js";

export type ClientName = "js" | "native";

/** "none": the work is done in the client's process. */
export type ServerName = "broker" | "etcd" | "redis" | "portserver" | "none";

export interface RowDefinition {
  readonly name: string;
  readonly title: string;
  /** What is counted. */
  readonly unit: "calls" | "pairs" | "leases" | "ports" | "lists";
  readonly unitsPerCall: number;
  readonly server: ServerName;
  readonly clients: readonly ClientName[];
  /** More requests in flight are not measured: the server does not take them. `null`: as many as are asked for. */
  readonly concurrencyMax: number | null;
}

const both = ["js", "native"] as const;
const broker = { server: "broker", clients: both, concurrencyMax: null } as const;
const calls = { unit: "calls", unitsPerCall: 1 } as const;
/** A pair is two calls. */
const pairs = { unit: "pairs", unitsPerCall: 1 / 2 } as const;
const peer = { clients: ["native"], concurrencyMax: null } as const;

export const brokerRows: readonly RowDefinition[] = [
  { name: "empty-unary", title: "empty unary call (grpc.health.v1 Check)", ...calls, ...broker },
  { name: "unary-pair", title: "acquire + release, unary, durable", ...pairs, ...broker },
  {
    name: "client-pair",
    title: "acquire + release, unary, with request_id and process",
    ...pairs,
    ...broker,
    clients: ["js"],
  },
  { name: "session-pair", title: "acquire + release, session, durable", ...pairs, ...broker },
  { name: "unary-renew", title: "renewals, unary", unit: "leases", unitsPerCall: 1, ...broker },
  {
    name: "session-renew",
    title: "renewals, session, 1 per message",
    unit: "leases",
    unitsPerCall: 1,
    ...broker,
  },
  {
    name: "session-renew-64",
    title: `renewals, session, ${batchSize} per message`,
    unit: "leases",
    unitsPerCall: batchSize,
    ...broker,
  },
];

export const peerRows: readonly RowDefinition[] = [
  {
    name: "etcd-grant",
    title: "etcd: LeaseGrant + LeaseRevoke",
    ...pairs,
    server: "etcd",
    ...peer,
  },
  {
    name: "etcd-txn",
    title: "etcd: LeaseGrant, txn that creates a key, LeaseRevoke",
    ...pairs,
    server: "etcd",
    ...peer,
  },
  {
    name: "etcd-keepalive",
    title: "etcd: LeaseKeepAlive on one stream",
    unit: "leases",
    unitsPerCall: 1,
    server: "etcd",
    ...peer,
  },
  {
    name: "redis-pair",
    title: "redis: SET NX PX + DEL, appendfsync always",
    ...pairs,
    server: "redis",
    ...peer,
  },
  {
    name: "portserver-grant",
    title: "portserver: a port, not durable, nothing given back",
    unit: "ports",
    unitsPerCall: 1,
    server: "portserver",
    ...peer,
    // Its socket has a backlog of 100: https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.create_server
    concurrencyMax: 64,
  },
  {
    name: "get-port",
    title: "npm get-port, in the process that asks, nothing kept",
    unit: "ports",
    unitsPerCall: 1,
    server: "none",
    clients: ["js"],
    // It gives no port again for 15 to 30 s (https://github.com/sindresorhus/get-port#getportoptions), and looks for ever when a few
    // seconds have used up the dynamic range.
    concurrencyMax: 1,
  },
];

/** On a broker with that many leases. */
export const listedLeases = 10_000;

/** How many lists are under way at once is bounded: one is ten thousand leases. */
export const listRow: RowDefinition = {
  name: "list",
  title: `list of ${listedLeases.toLocaleString("en-US")} leases, all pages`,
  unit: "lists",
  unitsPerCall: 1,
  ...broker,
  concurrencyMax: 16,
};

export const rowNames: readonly string[] = [...brokerRows, ...peerRows, listRow].map(
  ({ name }) => name,
);
