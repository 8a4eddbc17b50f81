// Which rows are compared, and the goals of the design for that.

import type { Wanted } from "./goals.js";
import type { ClientName } from "./rows/rows.js";

export type Metric = "callsPerSecond" | "unitsPerSecond" | "p99Ms";

export interface RatioDefinition {
  readonly name: string;
  readonly metric: Metric;
  /** Names of rows. */
  readonly of: string;
  readonly to: string;
  /** Whose rows. */
  readonly client: ClientName;
  /** Of the other row, where that has no such client. */
  readonly toClient?: ClientName;
  /** By requests in flight; where there is none, the ratio is only told. */
  readonly goals: Readonly<Record<number, Wanted>>;
}

const native = { client: "native" } as const;
const js = { client: "js" } as const;
const rate = { metric: "unitsPerSecond" } as const;

function least(...values: readonly (readonly [concurrency: number, atLeast: number])[]) {
  return Object.fromEntries(values.map(([concurrency, atLeast]) => [concurrency, { atLeast }]));
}

/** A native client against the broker itself. */
const ownRatios: readonly RatioDefinition[] = [
  {
    name: "durable unary calls / empty unary calls",
    metric: "callsPerSecond",
    of: "unary-pair",
    to: "empty-unary",
    ...native,
    goals: least([1, 0.4], [16, 0.6], [64, 0.75], [256, 0.85]),
  },
  {
    name: "Session pairs / unary pairs",
    ...rate,
    of: "session-pair",
    to: "unary-pair",
    ...native,
    goals: least([64, 2.5]),
  },
  {
    name: "p99 of a durable unary call / of an empty one",
    metric: "p99Ms",
    of: "unary-pair",
    to: "empty-unary",
    ...native,
    goals: { 64: { atMost: 1.3 } },
  },
  {
    name: "p99 of a durable Session call / of an empty unary one",
    metric: "p99Ms",
    of: "session-pair",
    to: "empty-unary",
    ...native,
    goals: { 64: { atMost: 0.5 } },
  },
  {
    name: "renewals, 64 per message / 1 per message",
    ...rate,
    of: "session-renew-64",
    to: "session-renew",
    ...native,
    goals: {},
  },
];

const javascriptRatios: readonly RatioDefinition[] = [
  {
    name: "durable unary calls / empty unary calls, JS client",
    metric: "callsPerSecond",
    of: "unary-pair",
    to: "empty-unary",
    ...js,
    goals: least([64, 0.9]),
  },
  {
    name: "unary pairs with request_id and process / without, JS client",
    ...rate,
    of: "client-pair",
    to: "unary-pair",
    ...js,
    goals: {},
  },
  {
    name: "Session pairs / unary pairs, JS client",
    ...rate,
    of: "session-pair",
    to: "unary-pair",
    ...js,
    goals: least([64, 5]),
  },
  {
    name: "renewals, 64 per message / 1 per message, JS client",
    ...rate,
    of: "session-renew-64",
    to: "session-renew",
    ...js,
    goals: least([64, 6]),
  },
];

/** A pair of ours against what they do for one. */
const peerRatios: readonly RatioDefinition[] = [
  {
    name: "unary pairs / etcd grant + revoke",
    ...rate,
    of: "unary-pair",
    to: "etcd-grant",
    ...native,
    goals: least([1, 0.9], [16, 1.4], [64, 1.5], [256, 1.3]),
  },
  {
    name: "unary pairs / etcd grant + txn + revoke",
    ...rate,
    of: "unary-pair",
    to: "etcd-txn",
    ...native,
    goals: least([1, 1.5], [64, 4], [256, 3.5]),
  },
  {
    name: "unary pairs / portserver grants",
    ...rate,
    of: "unary-pair",
    to: "portserver-grant",
    ...native,
    goals: least([1, 0.45], [16, 1.4], [64, 2]),
  },
  {
    name: "unary pairs / redis SET + DEL",
    ...rate,
    of: "unary-pair",
    to: "redis-pair",
    ...native,
    goals: {},
  },
  {
    name: "unary pairs / get-port in process",
    ...rate,
    of: "unary-pair",
    to: "get-port",
    ...native,
    toClient: "js",
    goals: {},
  },
  {
    name: "Session pairs / etcd grant + revoke",
    ...rate,
    of: "session-pair",
    to: "etcd-grant",
    ...native,
    goals: least([64, 3]),
  },
  {
    name: "Session pairs / etcd grant + txn + revoke",
    ...rate,
    of: "session-pair",
    to: "etcd-txn",
    ...native,
    goals: least([64, 8]),
  },
  {
    name: "Session pairs / portserver grants",
    ...rate,
    of: "session-pair",
    to: "portserver-grant",
    ...native,
    goals: least([64, 4.5]),
  },
  {
    name: "Session pairs / redis SET + DEL",
    ...rate,
    of: "session-pair",
    to: "redis-pair",
    ...native,
    goals: least([1, 1], [16, 0.8], [64, 0.4]),
  },
  {
    name: "renewals, 1 per message / etcd LeaseKeepAlive, one stream",
    ...rate,
    of: "session-renew",
    to: "etcd-keepalive",
    ...native,
    goals: least([64, 2]),
  },
];

export const ratioDefinitions: readonly RatioDefinition[] = [
  ...ownRatios,
  ...peerRatios,
  ...javascriptRatios,
];
