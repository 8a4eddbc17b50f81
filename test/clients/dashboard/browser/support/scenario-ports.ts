// The ports of a scenario: states scattered over a block in the same way each time, and the leases that belong to them.

import { SeededRandom } from "../../../../support/seeded-random.js";

export interface StateShare {
  readonly state: string;
  readonly count: number;
}

export interface ScenarioUsage {
  readonly total: number;
  readonly free: number;
  readonly leased: number;
  readonly quarantined: number;
  readonly unavailable: number;
  readonly largestFreeRun: number;
}

const services = [
  "orders",
  "carts",
  "payments",
  "search-indexer",
  "users",
  "mail",
  "billing-exports",
];

const leasedStates = new Set([
  "PORT_STATE_LEASED",
  "PORT_STATE_BOUND",
  "PORT_STATE_UNPROTECTED",
  "PORT_STATE_STRANGER",
]);

export class ScenarioPorts {
  readonly firstPort: number;
  readonly states: string[];

  constructor(firstPort: number, states: string[]) {
    this.firstPort = firstPort;
    this.states = states;
  }

  usage(): ScenarioUsage {
    const count = (fits: (state: string) => boolean): number => this.states.filter(fits).length;
    const isFree = (state: string): boolean =>
      state === "PORT_STATE_FREE" || state === "PORT_STATE_PINNED";
    let run = 0;
    let largestFreeRun = 0;
    for (const state of this.states) {
      run = isFree(state) ? run + 1 : 0;
      largestFreeRun = Math.max(largestFreeRun, run);
    }
    return {
      total: this.states.length,
      free: count(isFree),
      leased: count((state) => leasedStates.has(state)),
      quarantined: count((state) => state === "PORT_STATE_QUARANTINED"),
      unavailable: count((state) => state === "PORT_STATE_UNAVAILABLE"),
      largestFreeRun,
    };
  }

  /** Runs of neighbours of the same state. */
  runs(blockId: string): Record<string, unknown>[] {
    const runs: { blockId: string; firstPort: number; portCount: number; state: string }[] = [];
    for (const [index, state] of this.states.entries()) {
      const last = runs.at(-1);
      if (last?.state === state) last.portCount += 1;
      else runs.push({ blockId, firstPort: this.firstPort + index, portCount: 1, state });
    }
    return runs;
  }

  leases(): Record<string, unknown>[] {
    return this.states.flatMap((state, index) =>
      leasedStates.has(state) ? [leaseOf(this.firstPort + index, index, state)] : [],
    );
  }
}

/** The shares scattered, the same each time; the rest is free. The first share lies at port firstPort + 7 when it is of one port. */
export function portsOf(
  firstPort: number,
  portCount: number,
  shares: readonly StateShare[],
): ScenarioPorts {
  const random = new SeededRandom(7);
  const states = Array.from({ length: portCount }, () => "PORT_STATE_FREE");
  for (const { state, count } of shares) {
    let left = count;
    let index = 7;
    while (left > 0) {
      if (states[index] === "PORT_STATE_FREE") {
        states[index] = state;
        left -= 1;
      }
      // Neighbours are often alike.
      index = random.next() < 0.7 ? (index + 1) % portCount : random.integer(portCount);
    }
  }
  return new ScenarioPorts(firstPort, states);
}

function leaseOf(port: number, index: number, state: string): Record<string, unknown> {
  const createTime = new Date(Date.now() - 60_000 * (index + 3)).toISOString();
  return {
    leaseId: `01k3q9w0c8t5h${index.toString(36)}`,
    pool: "default",
    protocol: "PROTOCOL_TCP",
    port,
    portCount: 1,
    state: "STATE_ACTIVE",
    holder: {
      service: services[index % services.length],
      instance: String((index % 9) + 1),
      labels: { zone: index % 2 === 0 ? "a" : "b", team: "shop" },
      process: { processId: 4_400 + index, startTime: "881273", proven: true },
    },
    ttl: "30s",
    createTime,
    renewTime: new Date(Date.now() - 4_000).toISOString(),
    expireTime: new Date(Date.now() + 26_000).toISOString(),
    remaining: `${8 + (index % 22)}.500s`,
    generation: String(40_000 + index),
    revision: String(40_000 + index),
    binding: bindingOf(state),
    unprotected: state === "PORT_STATE_UNPROTECTED",
    draining: false,
    endReason: "LEASE_END_REASON_UNSPECIFIED",
  };
}

function bindingOf(state: string): string {
  if (state === "PORT_STATE_STRANGER") return "BINDING_STRANGER";
  return state === "PORT_STATE_LEASED" ? "BINDING_UNBOUND" : "BINDING_BOUND";
}
