// How long a watch waits before it tries etcd again.

import assert from "node:assert/strict";
import { backoffFirstMs, backoffLastMs, backoffMs } from "#etcd/backoff.js";

describe("the pause between tries of a watch", () => {
  it("doubles up to its bound", () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => backoffMs(failures, 0));
    assert.deepEqual(pauses, [50, 100, 200, 400, 800, 1_600, 2_500, 2_500]);
    assert.equal(backoffMs(100_000, 0), backoffLastMs / 2);
  });

  it("is at least half of itself, the rest is random", () => {
    assert.equal(backoffMs(1, 0), backoffFirstMs / 2);
    assert.equal(backoffMs(1, 0.5), backoffFirstMs * 0.75);
    assert.ok(backoffMs(1, 0.999_999) < backoffFirstMs);
  });
});
