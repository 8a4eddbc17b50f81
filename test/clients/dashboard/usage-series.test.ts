// Samples as columns of a chart.

import assert from "node:assert/strict";
import { usageSentence, usageSeries } from "#dashboard/model/usage-series.js";

const sample = (seconds: number, leased: number, refusals = 0) => ({
  sampleTime: new Date(seconds * 1_000).toISOString(),
  usage: {
    total: 16,
    free: 16 - leased,
    leased,
    quarantined: 0,
    unavailable: 0,
    largestFreeRun: 1,
  },
  grants: 2,
  refusals,
  releases: 0,
  losses: 0,
});

describe("the use of a pool over time", () => {
  it("is a column for each number, by time", () => {
    const series = usageSeries({ samples: [sample(100, 3), sample(110, 4)], interval: "10s" });
    assert.deepEqual(series.times, [100, 110]);
    assert.deepEqual(series.leased, [3, 4]);
    assert.deepEqual(series.total, [16, 16]);
    assert.deepEqual(series.grants, [2, 2]);
  });

  it("has a gap where the broker was not running, and none where a sample was late", () => {
    const series = usageSeries({
      samples: [sample(100, 3), sample(112, 3), sample(300, 5)],
      interval: "10s",
    });
    assert.deepEqual(series.times, [100, 112, 122, 300]);
    assert.deepEqual(series.leased, [3, 3, null, 5]);
  });

  it("is told in a sentence", () => {
    const samples = [sample(100, 3), sample(110, 9, 4), sample(120, 5)];
    assert.equal(
      usageSentence({ samples }),
      "5 of 16 ports leased now, between 3 and 9 in this time; 6 grants, 4 refusals.",
    );
    assert.equal(usageSentence({ samples: [] }), "No samples yet.");
  });
});
