// Noticing that the process did not run, from two clocks.

import assert from "node:assert/strict";
import { PauseDetector } from "#client/pause-detector.js";

describe("PauseDetector", () => {
  it("sees no pause while the process runs when it meant to", () => {
    const pauses = new PauseDetector(0, 1_000);
    pauses.expect(500);
    assert.equal(pauses.runs(300, 1_300), 0, "earlier, for another reason");
    assert.equal(pauses.runs(519, 1_519), 0, "late by less than a timer may be");
  });

  it("measures how late the process runs", () => {
    const pauses = new PauseDetector(0, 1_000);
    pauses.expect(500);
    assert.equal(pauses.runs(3_500, 4_500), 3_000);
  });

  it("counts one pause once", () => {
    const pauses = new PauseDetector(0, 1_000);
    pauses.expect(500);
    assert.equal(pauses.runs(3_500, 4_500), 3_000);
    assert.equal(pauses.runs(3_501, 4_501), 0);
  });

  it("sees a sleep that only the wall clock counts", () => {
    const pauses = new PauseDetector(0, 1_000);
    pauses.expect(500);
    assert.equal(pauses.runs(400, 3_601_400), 3_600_000);
    assert.equal(pauses.runs(450, 3_601_450), 0);
  });

  it("takes a small step or a step back of the wall clock for a correction", () => {
    const pauses = new PauseDetector(0, 10_000);
    pauses.expect(5_000);
    assert.equal(pauses.runs(1_000, 12_999), 0);
    assert.equal(pauses.runs(2_000, 5_000), 0);
  });
});
