import assert from "node:assert/strict";
import { goalOf } from "../../bench/goals.js";

describe("a goal of the benchmark", () => {
  it("is met at or above what is wanted at least", () => {
    assert.deepEqual(goalOf("rate", { atLeast: 0.9 }, 0.9), {
      name: "rate",
      goal: ">= 0.9",
      figure: 0.9,
      met: true,
    });
    assert.equal(goalOf("rate", { atLeast: 0.9 }, 0.89).met, false);
  });

  it("is met at or below what is wanted at most", () => {
    assert.deepEqual(goalOf("lag", { atMost: 1_000 }, 1_000), {
      name: "lag",
      goal: "<= 1000",
      figure: 1_000,
      met: true,
    });
    assert.equal(goalOf("lag", { atMost: 1_000 }, 1_001).met, false);
  });

  it("is not met by a figure that is none", () => {
    assert.equal(goalOf("rate", { atLeast: 0 }, Number.NaN).met, false);
    assert.equal(goalOf("lag", { atMost: 9 }, Number.NaN).met, false);
  });
});
