// "portlease store repair" on many damaged stores: some bytes cost something, none makes a lease that was not there.

import assert from "node:assert/strict";
import { knownPast, repairFlips } from "../support/repair-lab.js";
import type { KnownPast } from "../support/repair-lab.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const flips = 60;

describe("repairStore(), for longer", function () {
  this.timeout(600_000);
  const makeDirectory = temporaryDirectories();
  let past: KnownPast;

  before(async () => {
    past = await knownPast(120, makeDirectory);
  });

  for (const [where, source, name] of [
    ["the database of a killed broker", () => past.killed, "databasePath"],
    ["the log of a killed broker", () => past.killed, "walPath"],
    ["the database of a closed broker", () => past.closed, "databasePath"],
  ] as const) {
    it(`saves every lease from one flipped byte in ${where}`, async () => {
      const total = await repairFlips(past, source(), name, flips, makeDirectory);
      console.log(`      ${JSON.stringify(total)}`);
      assert.ok(total.repairs > 0);
      assert.equal(total.missing, 0);
    });
  }
});
