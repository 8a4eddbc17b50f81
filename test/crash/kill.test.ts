// kill -9 under load, the quick form: kill.deep.test.ts does the same for longer.

import { BrokerLab } from "../support/broker-lab.js";
import { killRounds } from "./support/kill-rounds.js";
import { withSeed } from "./support/seed.js";

describe("A broker that is killed under load", () => {
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  it("keeps every acknowledged lease and grants no port twice, four kills in a row", () =>
    withSeed(async (random) => {
      const options = { kills: 4, answersMin: 100, answersMax: 400 };
      console.log(`      ${String(await killRounds(lab, random, options))}`);
    })).timeout(120_000);
});
