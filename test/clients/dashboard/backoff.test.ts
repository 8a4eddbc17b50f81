// How soon the broker is asked again.

import assert from "node:assert/strict";
import { backoffMs } from "#dashboard/model/backoff.js";

describe("the wait for the broker", () => {
  it("is short at first, doubles, and is never longer than ten seconds", () => {
    const waits = Array.from({ length: 12 }, (_, attempt) => backoffMs(attempt, 1));
    assert.deepEqual(waits.slice(0, 4), [500, 1_000, 2_000, 4_000]);
    assert.equal(waits.at(-1), 10_000);
    assert.equal(backoffMs(5_000, 1), 10_000);
  });

  it("differs from page to page by a quarter at most", () => {
    assert.equal(backoffMs(0, 0), 375);
    assert.equal(backoffMs(0, 1), 500);
  });
});
