// From the start of a broker with a small held block until it serves, beside the start of Node itself and binding as many ports.

import type { BenchContext } from "../context.js";
import { goalOf } from "../goals.js";
import { nothingToSay } from "../outcome.js";
import type { BrokerPools } from "../servers/broker-pools.js";
import { BrokerHome, startBroker } from "../servers/broker-process.js";
import { type Spread, spreadOf } from "../statistics.js";
import { programPath, runNode } from "./run-node.js";
import type { Section } from "./section.js";

const portCount = 256;
const ratioMax = 3;
/** One start says little, and takes little. */
const startsPerRound = 3;

const pools: BrokerPools = {
  pools: [{ name: "default", size: portCount, quarantine: "5s" }],
  note: `a pool of ${portCount} ports`,
};

export const coldStartSection: Section = {
  name: "cold-start",
  about: "from the start of a broker until it serves",
  async run(context) {
    const core = context.cores?.broker ?? null;
    const serving: number[] = [];
    const node: number[] = [];
    const binding: number[] = [];
    const rounds = context.options.rounds * startsPerRound;
    for (let round = 1; round <= rounds; round += 1) {
      context.progress(`cold start: ${round}/${rounds}`);
      serving.push(await servingMs(context));
      node.push((await runNode(core, ["-e", "0"])).tookMs);
      const { output } = await runNode(core, [programPath("bind-ports"), String(portCount)]);
      binding.push(Number(output));
    }
    const ratio = spreadOf(
      serving.map((ms, round) => ms / ((node[round] ?? Number.NaN) + (binding[round] ?? 0))),
    );
    const figure = (name: string, value: Spread) => ({ name, unit: "ms", value });
    return {
      ...nothingToSay,
      figures: [
        figure(`cold start to serving, ${portCount} ports`, spreadOf(serving)),
        figure("node -e 0", spreadOf(node)),
        figure(`binding ${portCount} ports`, spreadOf(binding)),
        { name: "cold start / (node -e 0 + binding)", unit: "", value: ratio },
      ],
      goals: [goalOf("cold start / (node -e 0 + binding)", { atMost: ratioMax }, ratio.median)],
    };
  },
};

async function servingMs({ cores, options }: BenchContext): Promise<number> {
  const home = new BrokerHome(pools);
  try {
    const startMs = performance.now();
    const { profileDirectory } = options;
    // What a probe is loaded for counts too, so there is none.
    const probed = false;
    const broker = await startBroker(home, {
      core: cores?.broker ?? null,
      profileDirectory,
      probed,
    });
    const tookMs = performance.now() - startMs;
    await broker.stop();
    return tookMs;
  } finally {
    home.remove();
  }
}
