// What it costs the lease core to pick a port, from an empty pool to a full one. Without gRPC and without a disk, beside which nothing
// of this would be seen.

import type { Broker } from "#server/domain/broker.js";
import { brokerFixture, request } from "../../test/support/broker-fixture.js";
import { goalOf } from "../goals.js";
import { type Figure, nothingToSay } from "../outcome.js";
import { spreadOf } from "../statistics.js";
import type { Section } from "./section.js";

const ratioMax = 2;
/** Of the pool's ports, how many are leased; the last leaves one port. */
const levels = [0, 0.25, 0.5, 0.75, 0.9, 0.99, 1] as const;
const pairsPerRound = 2_000;
/** Until all of it is compiled. */
const warmUpPairs = 20_000;
const usPerMs = 1_000;
/** The ports of the core that is asked begin at 20000. */
const portsMax = 45_000;

export const pickingSection: Section = {
  name: "picking",
  about: "picking a port, from an empty pool to a full one",
  async run({ options, progress }) {
    const size = Math.min(options.leases, portsMax);
    const { broker } = await brokerFixture({
      // A port that was given back may be had again at once: in a pool with one free port it is the next one.
      policy: { size, sizeMax: size, quarantineMs: 0 },
    });
    await takePairs(broker, warmUpPairs);
    const us: number[][] = [];
    for (const [index, level] of levels.entries()) {
      progress(`picking: ${level * 100} % leased`);
      await fillTo(broker, Math.min(size - 1, Math.floor(size * level)));
      us[index] = [];
      for (let round = 0; round < options.rounds; round += 1) {
        us[index].push(await takePairs(broker, pairsPerRound));
      }
    }
    const spreads = us.map(spreadOf);
    const medians = spreads.map(({ median }) => median);
    const ratio = Math.max(...medians) / Math.min(...medians);
    return {
      ...nothingToSay,
      figures: spreads.map((value, index): Figure => ({
        name: `acquire + release in the core, ${percent(levels[index])} of ${size} ports leased`,
        unit: "µs",
        value,
      })),
      goals: [
        goalOf("picking a port: dearest / cheapest from 0 to 100 %", { atMost: ratioMax }, ratio),
      ],
    };
  },
};

async function fillTo(broker: Broker, leases: number): Promise<void> {
  while (broker.leaseCount < leases) await broker.acquire(request());
}

/** Resolves with what one of them took, in µs. */
async function takePairs(broker: Broker, pairs: number): Promise<number> {
  const startMs = performance.now();
  for (let pair = 0; pair < pairs; pair += 1) {
    const { lease } = await broker.acquire(request());
    await broker.release(lease.record.leaseId, lease.holderKey, false);
  }
  return ((performance.now() - startMs) * usPerMs) / pairs;
}

function percent(level = 0): string {
  return level === 1 ? "all but one" : `${level * 100} %`;
}
