// kill -9 under load, the long form: more kills, and kills while the broker starts.

import { BrokerLab } from "../support/broker-lab.js";
import { killRounds } from "./support/kill-rounds.js";
import { withSeed } from "./support/seed.js";

describe("A broker that is killed under load, for longer", () => {
  let lab: BrokerLab;

  beforeEach(async () => {
    lab = await BrokerLab.open();
  });

  afterEach(() => lab.close());

  it("keeps every acknowledged lease and grants no port twice, 25 kills in a row", () =>
    withSeed((random) =>
      killRounds(lab, random, { rounds: 25, answersMin: 50, answersMax: 1_500, killedStarts: 0 }),
    )).timeout(300_000);

  it("survives kills while it starts", () =>
    withSeed((random) =>
      killRounds(lab, random, { rounds: 8, answersMin: 50, answersMax: 400, killedStarts: 0.7 }),
    )).timeout(300_000);
});
