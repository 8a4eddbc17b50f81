// Backoff and durations.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { backoffLastMs, backoffMs } from "#client/backoff.js";
import { durationFromMs, msFromDuration } from "#client/duration.js";

describe("backoffMs()", () => {
  it("doubles from 100 ms up to the bound", () => {
    const atMost = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => backoffMs(failures, 0.999_999_9));
    assert.deepEqual(
      atMost.map((ms) => Math.round(ms)),
      [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000],
    );
    assert.equal(Math.round(backoffMs(9, 0.999_999_9, 700)), 700);
  });

  it("is random by half", () => {
    assert.equal(backoffMs(1, 0), 50);
    assert.equal(backoffMs(20, 0), backoffLastMs / 2);
  });

  it("stays finite after very many failures", () => {
    assert.equal(backoffMs(100_000, 0), backoffLastMs / 2);
  });
});

describe("durations", () => {
  it("are whole seconds and nanoseconds", () => {
    assert.deepEqual(durationFromMs(1_500.25), { seconds: 1n, nanos: 500_250_000 });
    assert.deepEqual(durationFromMs(999.999_999_9), { seconds: 1n, nanos: 0 });
    assert.equal(msFromDuration(undefined), null);
  });

  it("come back as the milliseconds that went in", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (ms) => {
        assert.equal(msFromDuration(durationFromMs(ms)), ms);
      }),
    );
  });
});
