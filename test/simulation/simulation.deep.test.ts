import assert from "node:assert/strict";
import { describeFailure } from "./describe-failure.js";
import { runSeed } from "./run-seed.js";

/** After those of simulation.test.ts: other ones. */
const firstSeed = 1_001;
const seeds = 3_000;

describe("Simulation, long", () => {
  it(`keeps every promise in ${seeds} seeds from ${firstSeed}`, async function () {
    this.timeout(900_000);
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
      const result = await runSeed(seed);
      if (result.finding !== null) assert.fail(describeFailure(result));
    }
  });
});
