// The rows of calls, round by round: in each a fresh broker and fresh peers, and every cell once, in shuffled order.

import { SeededRandom } from "../../test/support/seeded-random.js";
import type { BenchContext } from "../context.js";
import type { Peer } from "../peers/peer.js";
import { peerOf } from "../peers/peers.js";
import type { BrokerProcess } from "../servers/broker-process.js";
import { withFreshBroker } from "../servers/fresh-broker.js";
import { type Cell, type Measurement, measureCell, type Server } from "./cells.js";
import { connect } from "./connection.js";
import type { ServerName } from "./rows.js";
import type { Window } from "./window.js";

/** Compiles and settles both programs before the first cell of a round. */
const roundWarmUps = 3;
/** As many in flight where they are asked for: with more, the clients make fewer calls. */
const warmUpConcurrency = 64;

/** What no server is asked for. */
const noServer: Server = {
  address: "",
  processId: null,
  connection: null,
  forgetLoop: () => undefined,
  loopDelayP99Ms: () => Promise.resolve(null),
};

export async function runRounds(
  context: BenchContext,
  cells: readonly Cell[],
): Promise<readonly Measurement[]> {
  const { rounds, seed } = context.options;
  const random = new SeededRandom(seed);
  const measurements: Measurement[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const order = shuffled(cells, random);
    const windows = await withFreshBroker(context, (broker) =>
      runRound(context, broker, order, round),
    );
    measurements.push(
      ...order.flatMap((cell, index) => measurementOf(cell, round, windows[index])),
    );
  }
  return measurements;
}

function measurementOf(cell: Cell, round: number, window: Window | undefined): Measurement[] {
  return window === undefined ? [] : [{ ...cell, round, window }];
}

async function runRound(
  context: BenchContext,
  broker: BrokerProcess,
  cells: readonly Cell[],
  round: number,
): Promise<readonly Window[]> {
  const { options, cores, progress } = context;
  const connection = await connect(broker.address);
  const servers = new Servers(cores?.broker ?? null, brokerServer(broker, connection));
  const windows: Window[] = [];
  try {
    await warmUp(context, cells, servers);
    for (const [index, cell] of cells.entries()) {
      progress(`round ${round}/${options.rounds}, cell ${index + 1}/${cells.length}`);
      windows.push(
        await servers.use(cell.row.server, (server) => measureCell(cell, server, options)),
      );
    }
  } finally {
    connection.close();
    await servers.stop();
  }
  return windows;
}

/** The JavaScript client asks by `connection`, the native one by the address. */
export function brokerServer(broker: BrokerProcess, connection: Server["connection"]): Server {
  return {
    address: broker.address,
    processId: broker.processId,
    connection,
    forgetLoop: () => broker.forgetLoop(),
    loopDelayP99Ms: () => broker.loopDelayP99Ms(),
  };
}

/** By both clients: the native one makes many more calls in the same time, and the JavaScript one must be compiled, too. */
async function warmUp(
  { options }: BenchContext,
  cells: readonly Cell[],
  servers: Servers,
): Promise<void> {
  const measureMs = options.warmUpMs * roundWarmUps;
  const enough = options.concurrencies.filter((concurrency) => concurrency >= warmUpConcurrency);
  const concurrency = enough.length > 0 ? Math.min(...enough) : Math.max(...options.concurrencies);
  for (const cell of cells) {
    if (cell.row.server !== "broker" || cell.concurrency !== concurrency) continue;
    await servers.use("broker", (server) => measureCell(cell, server, { warmUpMs: 0, measureMs }));
  }
}

/** The broker, and the peers, each started when it is first asked. */
class Servers {
  readonly #core: number | null;
  readonly #broker: Server;
  readonly #peers = new Map<ServerName, Peer>();

  constructor(core: number | null, broker: Server) {
    this.#core = core;
    this.#broker = broker;
  }

  async use<T>(name: ServerName, measure: (server: Server) => Promise<T>): Promise<T> {
    if (name === "broker") return measure(this.#broker);
    const kind = peerOf(name);
    if (kind === null) return measure(noServer);
    const peer = this.#peers.get(name) ?? (await kind.start(this.#core));
    this.#peers.set(name, peer);
    try {
      return await measure(peer);
    } finally {
      if (kind.perCell) {
        this.#peers.delete(name);
        await peer.stop();
      }
    }
  }

  async stop(): Promise<void> {
    for (const peer of this.#peers.values()) await peer.stop();
  }
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = random.integer(last + 1);
    const [a, b] = [order[last], order[other]];
    if (a === undefined || b === undefined) continue;
    order[last] = b;
    order[other] = a;
  }
  return order;
}
