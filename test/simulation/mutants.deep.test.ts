import assert from "node:assert/strict";
import { findMutant } from "./mutant-copy.js";
import { mutants } from "./mutants.js";

describe("Simulation: planted bugs", () => {
  for (const mutant of mutants) {
    it(`finds "${mutant.name}" within ${mutant.seedsMax} seeds`, async function () {
      this.timeout(180_000);
      assert.ok((await findMutant(mutant)) !== null);
    });
  }
});
