import assert from "node:assert/strict";
import { describeFailure } from "./describe-failure.js";
import { findMutant, mutatedCode } from "./mutant-copy.js";
import { mutants } from "./mutants.js";
import { runSeed } from "./run-seed.js";

/** In `npm test`; simulation.deep.test.ts goes on after them. */
const seeds = 200;

/** The bugs that are planted in `npm test`; mutants.deep.test.ts plants all. */
const plantedHere = new Set([
  "answers come before the disk has it",
  "a lease expires a tenth early",
  "any key will do",
  "a request_id is not remembered",
]);

describe("Simulation", () => {
  it(`keeps every promise in seeds 1 to ${seeds}`, async function () {
    this.timeout(120_000);
    let grants = 0;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const result = await runSeed(seed);
      grants += result.grants;
      if (result.finding !== null) assert.fail(describeFailure(result));
    }
    assert.ok(grants > seeds * 3, `only ${grants} leases were granted, which proves little`);
  });

  it("runs the same seed the same way, and another seed another way", async () => {
    const [first, again, other] = [await runSeed(7), await runSeed(7), await runSeed(8)];
    assert.equal(first.hash, again.hash);
    assert.equal(first.events, again.events);
    assert.notEqual(first.hash, other.hash);
  });

  it("finds the code of every planted bug in what was compiled", () => {
    for (const mutant of mutants) assert.notEqual(mutatedCode(mutant), "");
  });

  for (const mutant of mutants.filter(({ name }) => plantedHere.has(name))) {
    it(`finds the planted bug "${mutant.name}" within ${mutant.seedsMax} seeds`, async function () {
      this.timeout(120_000);
      assert.ok((await findMutant(mutant)) !== null);
    });
  }
});
