// A service from the import of the client to its bound port, beside a program that listens on any port and makes one empty call.

import type { BenchContext } from "../context.js";
import { goalOf } from "../goals.js";
import { type Figure, nothingToSay } from "../outcome.js";
import { withFreshBroker } from "../servers/fresh-broker.js";
import { type Spread, spreadOf } from "../statistics.js";
import { programPath, runNode } from "./run-node.js";
import type { Section } from "./section.js";

const ratioMax = 3;
/** One start says little, and takes little. */
const startsPerRound = 3;

interface Starts {
  readonly client: readonly number[];
  readonly bare: readonly number[];
}

export const clientStartSection: Section = {
  name: "client-start",
  about: "from the import of the client to a bound port",
  async run(context) {
    const { client, bare } = await withFreshBroker(context, ({ address }) =>
      measureStarts(context, address),
    );
    const ratio = spreadOf(client.map((ms, round) => ms / (bare[round] ?? Number.NaN)));
    const figure = (name: string, unit: string, value: Spread): Figure => ({ name, unit, value });
    return {
      ...nothingToSay,
      figures: [
        figure("client, import to bound port", "ms", spreadOf(client)),
        figure("grpc-js, import to listen(0) and one empty call", "ms", spreadOf(bare)),
        figure("client / bare listen and empty call", "", ratio),
      ],
      goals: [goalOf("client / bare listen and empty call", { atMost: ratioMax }, ratio.median)],
    };
  },
};

async function measureStarts(
  { options, cores, progress }: BenchContext,
  address: string,
): Promise<Starts> {
  const core = cores?.load ?? null;
  const environment = { PORTLEASE_ADDRESS: address };
  const took = async (program: "client-start" | "bare-start"): Promise<number> =>
    Number((await runNode(core, [programPath(program)], environment)).output);
  const client: number[] = [];
  const bare: number[] = [];
  const rounds = options.rounds * startsPerRound;
  for (let round = 1; round <= rounds; round += 1) {
    progress(`client start: ${round}/${rounds}`);
    client.push(await took("client-start"));
    bare.push(await took("bare-start"));
  }
  return { client, bare };
}
