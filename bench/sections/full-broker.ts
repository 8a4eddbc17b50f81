// A broker with very many leases: what each takes of its heap, and how soon the broker serves again after it was killed, beside the
// time that reading and decoding its store takes at the very least.

import { credentials } from "@grpc/grpc-js";
import { LeaseServiceClient } from "@portlease/proto/portlease/v1/lease_service.js";
import type { BenchContext } from "../context.js";
import { goalOf } from "../goals.js";
import { type Figure, nothingToSay, type SectionOutcome } from "../outcome.js";
import { type ManyLeases, manyLeases } from "../servers/broker-pools.js";
import { BrokerHome, type BrokerProcess, startBroker } from "../servers/broker-process.js";
import { spreadOf } from "../statistics.js";
import { acquireWithSessions } from "./many-leases.js";
import { heapBytesMax, restartRatioMax } from "./many-lease-goals.js";
import { readStore } from "./read-store.js";
import { programPath, runNode } from "./run-node.js";
import type { Section } from "./section.js";

/** Longer than the measurement: the leases are there after each restart. */
const ttlMs = 3_600_000;

export const fullBrokerSection: Section = {
  name: "full-broker",
  about: "memory for each of many leases, and a restart with them",
  async run(context) {
    const many = manyLeases(context.options.leases, 0);
    const home = new BrokerHome(many.pools);
    try {
      return await measure(context, home, many);
    } finally {
      home.remove();
    }
  },
};

async function measure(
  context: BenchContext,
  home: BrokerHome,
  { leases, pools }: ManyLeases,
): Promise<SectionOutcome> {
  const { rounds } = context.options;
  const { emptyHeap, fullHeap } = await fill(context, home, leases);
  const servingMs: number[] = [];
  const readMs: number[] = [];
  const bindMs: number[] = [];
  const core = context.cores?.broker ?? null;
  for (let round = 1; round <= rounds; round += 1) {
    context.progress(`full broker: restart ${round}/${rounds}`);
    readMs.push(await readStore(home.dataDirectory, leases));
    bindMs.push(Number((await runNode(core, [programPath("bind-ports"), String(leases)])).output));
    const startMs = performance.now();
    const broker = await start(context, home);
    servingMs.push(performance.now() - startMs);
    await broker.stop("SIGKILL");
  }
  const bytesPerLease = (fullHeap - emptyHeap) / leases;
  const ratio = spreadOf(servingMs.map((ms, round) => ms / (readMs[round] ?? Number.NaN)));
  const one = (name: string, unit: string, value: number): Figure => {
    return { name, unit, value: spreadOf([value]) };
  };
  return {
    ...nothingToSay,
    figures: [
      one("heap of a broker without leases", "MB", emptyHeap / 1e6),
      one(`heap of a broker with ${leases} leases`, "MB", fullHeap / 1e6),
      one("heap for each lease", "bytes", bytesPerLease),
      {
        name: `killed with ${leases} leases: from start to serving`,
        unit: "ms",
        value: spreadOf(servingMs),
      },
      { name: "reading and decoding that store", unit: "ms", value: spreadOf(readMs) },
      { name: `binding ${leases} ports`, unit: "ms", value: spreadOf(bindMs) },
      { name: "restart / reading and decoding", unit: "", value: ratio },
    ],
    goals: [
      goalOf("heap for each lease, bytes", { atMost: heapBytesMax }, bytesPerLease),
      goalOf(
        `restart with ${leases} leases / reading and decoding the store`,
        { atMost: restartRatioMax },
        ratio.median,
      ),
    ],
    notes: [`Full broker: it has ${pools.note}.`],
  };
}

/** Leaves the home as a broker that was killed leaves it. */
async function fill(
  context: BenchContext,
  home: BrokerHome,
  leases: number,
): Promise<{ readonly emptyHeap: number; readonly fullHeap: number }> {
  context.progress("full broker: acquiring the leases");
  const broker = await start(context, home);
  const client = new LeaseServiceClient(broker.address, credentials.createInsecure());
  try {
    const emptyHeap = await heapOf(broker);
    const held = await acquireWithSessions(client, leases, ttlMs);
    // What the sessions take is not what the leases take.
    await Promise.all(held.map(({ session }) => session.close()));
    return { emptyHeap, fullHeap: await heapOf(broker) };
  } finally {
    client.close();
    await broker.stop("SIGKILL");
  }
}

function start({ cores, options }: BenchContext, home: BrokerHome): Promise<BrokerProcess> {
  const { profileDirectory } = options;
  return startBroker(home, { core: cores?.broker ?? null, profileDirectory, probed: true });
}

async function heapOf(broker: BrokerProcess): Promise<number> {
  const bytes = await broker.heapBytes();
  if (bytes === null) throw new Error("the broker does not tell its heap");
  return bytes;
}
