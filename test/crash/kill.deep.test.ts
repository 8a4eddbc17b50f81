// kill -9 under load, the long form: under load, while the broker starts, stops and makes blocks.

import { crashRun } from "./support/crash-run.js";
import { withSeed } from "./support/seed.js";

describe("A broker that is killed again and again", () => {
  it("keeps every acknowledged lease and grants no port twice, over 200 kills", () =>
    withSeed(async (random) => {
      const tally = await crashRun({ kills: 200, seed: random.integer(2 ** 31) });
      console.log(`      ${String(tally)}`);
    })).timeout(1_200_000);
});
