import assert from "node:assert/strict";
import { quantileOf, quantilesOf, spreadOf, spreadOfKnown } from "../../bench/statistics.js";

describe("the statistics of the benchmark", () => {
  it("have a median of an even number of rounds, between the two in the middle", () => {
    assert.deepEqual(spreadOf([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 });
    assert.deepEqual(spreadOf([10, 9, 100]), { median: 10, min: 9, max: 100 });
  });

  it("interpolate percentiles", () => {
    assert.equal(quantileOf([0, 100], 0.99), 99);
    assert.deepEqual(quantilesOf([3, 1, 2]), { p50: 2, p99: 2.98, max: 3 });
  });

  it("refuse to say anything of no values", () => {
    assert.throws(() => spreadOf([]), RangeError);
    assert.throws(() => quantilesOf([]), RangeError);
  });

  it("know nothing where one of the values is not known", () => {
    assert.equal(spreadOfKnown([1, null, 3]), null);
    assert.equal(spreadOfKnown([]), null);
    assert.deepEqual(spreadOfKnown([3, 1]), { median: 2, min: 1, max: 3 });
  });
});
