// The states of a host that screenshots are made of, as the messages of the broker's API in JSON. Only what a page shows
// differs; the numbers fit together.

import { portsOf, type ScenarioPorts, type StateShare } from "./scenario-ports.js";

export interface Scenario {
  readonly name: string;
  readonly broker: Record<string, unknown>;
  readonly pools: readonly Record<string, unknown>[];
  readonly blocks: readonly Record<string, unknown>[];
  readonly ports: ScenarioPorts;
}

interface Wish {
  readonly portCount?: number;
  readonly shares: readonly StateShare[];
  readonly problems?: readonly Record<string, unknown>[];
  readonly servingState?: string;
  readonly servingDetail?: string;
  readonly blockState?: string;
  readonly detail?: string;
  readonly waitingRequests?: number;
}

const firstPort = 20_224;

const quiet: readonly StateShare[] = [
  { state: "PORT_STATE_BOUND", count: 52 },
  { state: "PORT_STATE_LEASED", count: 6 },
  { state: "PORT_STATE_QUARANTINED", count: 9 },
  { state: "PORT_STATE_PINNED", count: 3 },
];

export const scenarioWishes: Readonly<Record<string, Wish>> = {
  well: { shares: quiet },
  "nearly-full": {
    shares: [
      { state: "PORT_STATE_BOUND", count: 236 },
      { state: "PORT_STATE_LEASED", count: 5 },
      { state: "PORT_STATE_QUARANTINED", count: 11 },
    ],
    problems: [
      problem("WARNING", "POOL_NEARLY_FULL", {
        message:
          'pool "default" has 4 of 256 ports left: 241 of 256 leased, 11 resting, 0 out of use',
        remedy: "portlease blocks add --size 256 --pool default",
        pool: "default",
      }),
    ],
  },
  full: {
    shares: [
      { state: "PORT_STATE_BOUND", count: 244 },
      { state: "PORT_STATE_LEASED", count: 12 },
    ],
    waitingRequests: 7,
    problems: [
      problem("CRITICAL", "POOL_FULL", {
        message:
          'pool "default" has no port left for everybody: 256 of 256 leased, 0 resting, 0 out of use; 7 requests wait in line',
        remedy: "portlease blocks add --size 256 --pool default",
        pool: "default",
      }),
    ],
  },
  stranger: {
    shares: [{ state: "PORT_STATE_STRANGER", count: 1 }, ...quiet],
    problems: [
      problem("CRITICAL", "PORT_TAKEN_BY_STRANGER", {
        message:
          'port 20231, leased to service "orders", is bound by a process that is not its holder',
        remedy: "portlease explain 20231",
        port: 20_231,
        leaseId: "01k3q9w0c8t5h7",
      }),
    ],
  },
  unprotected: {
    shares: [{ state: "PORT_STATE_UNPROTECTED", count: 3 }, ...quiet],
    problems: [
      problem("WARNING", "LEASE_UNPROTECTED", {
        message:
          "The reservation does not cover 3 leased ports: they were in use when the broker came back.",
        remedy:
          "Restart their services one by one; each port is covered again when it was free for a moment.",
      }),
    ],
  },
  draining: {
    shares: quiet,
    blockState: "STATE_DRAINING",
    problems: [
      problem("INFO", "BLOCK_DRAINING", {
        message:
          "block b-7f3a (20224-20479) is being drained: nothing is leased from it, 58 ports are leased still",
        blockId: "b-7f3a",
      }),
    ],
  },
  "read-only": {
    shares: quiet,
    servingState: "SERVING_STATE_READ_ONLY",
    servingDetail: "the disk of /var/lib/portlease is full",
    problems: [
      problem("CRITICAL", "READ_ONLY", {
        message: "nothing is granted, only renewed: the disk of /var/lib/portlease is full",
        remedy:
          "see that the disk of the data directory has room and can be written; the broker goes on by itself then",
      }),
    ],
  },
  trouble: {
    shares: [
      { state: "PORT_STATE_STRANGER", count: 2 },
      { state: "PORT_STATE_UNPROTECTED", count: 4 },
      { state: "PORT_STATE_UNAVAILABLE", count: 7 },
      { state: "PORT_STATE_BOUND", count: 190 },
      { state: "PORT_STATE_LEASED", count: 12 },
      { state: "PORT_STATE_QUARANTINED", count: 21 },
      { state: "PORT_STATE_PINNED", count: 5 },
    ],
    problems: [
      problem("CRITICAL", "PORT_TAKEN_BY_STRANGER", {
        message:
          'port 20231, leased to service "orders", is bound by a process that is not its holder',
        remedy: "portlease explain 20231",
        port: 20_231,
        leaseId: "01k3q9w0c8t5h7",
      }),
      problem("WARNING", "LEASE_UNPROTECTED", {
        message:
          "The reservation does not cover 4 leased ports: they were in use when the broker came back.",
        remedy:
          "Restart their services one by one; each port is covered again when it was free for a moment.",
      }),
      problem("INFO", "QUARANTINE_HIGH", {
        message: '21 of the 256 ports of pool "default" rest between two holders',
        pool: "default",
      }),
    ],
  },
  empty: { shares: [] },
  large: {
    portCount: 10_000,
    shares: [
      { state: "PORT_STATE_BOUND", count: 6_120 },
      { state: "PORT_STATE_LEASED", count: 410 },
      { state: "PORT_STATE_QUARANTINED", count: 380 },
      { state: "PORT_STATE_UNAVAILABLE", count: 12 },
      { state: "PORT_STATE_UNPROTECTED", count: 9 },
      { state: "PORT_STATE_PINNED", count: 40 },
    ],
  },
};

export function makeScenario(name: string): Scenario {
  const wish = scenarioWishes[name];
  if (wish === undefined) throw new Error(`there is no scenario ${name}`);
  const portCount = wish.portCount ?? 256;
  const ports = portsOf(firstPort, portCount, wish.shares);
  const usage = ports.usage();
  const waitingRequests = wish.waitingRequests ?? 0;
  return {
    name,
    ports,
    broker: {
      version: "0.1.0",
      host: "build-host-07",
      platform: "linux",
      elevated: false,
      processId: 4_312,
      startTime: new Date(Date.now() - 3 * 86_400_000 - 7_400_000).toISOString(),
      uptime: "266600s",
      revision: "48213",
      activeLeases: usage.leased,
      usage,
      servingState: wish.servingState ?? "SERVING_STATE_SERVING",
      servingDetail: wish.servingDetail ?? "",
      dataDirectory: "/var/lib/portlease",
      addresses: ["127.0.0.1:7600"],
      waitingRequests,
      problems: wish.problems ?? [],
    },
    pools: [poolOf(usage, waitingRequests)],
    blocks: [blockOf(portCount, usage, wish)],
  };
}

function poolOf(usage: object, waitingRequests: number): Record<string, unknown> {
  return {
    pool: "default",
    protocol: "PROTOCOL_TCP",
    kind: "RESERVATION_KIND_HELD",
    quarantine: "30s",
    usage,
    blockIds: ["b-7f3a"],
    size: 256,
    maxSize: 512,
    adjusted: false,
    retired: false,
    waitingRequests,
  };
}

function blockOf(portCount: number, usage: object, wish: Wish): Record<string, unknown> {
  return {
    blockId: "b-7f3a",
    pool: "default",
    protocol: "PROTOCOL_TCP",
    kind: "RESERVATION_KIND_HELD",
    firstPort,
    portCount,
    state: wish.blockState ?? "STATE_ACTIVE",
    usage,
    uncoveredPorts: "",
    createTime: new Date(Date.now() - 5 * 86_400_000).toISOString(),
    detail: wish.detail ?? "",
  };
}

function problem(
  severity: string,
  reason: string,
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const unset = { remedy: "", pool: "", blockId: "", port: 0, leaseId: "" };
  return { severity: `SEVERITY_${severity}`, reason, ...unset, ...fields };
}
