import assert from "node:assert/strict";
import * as fc from "fast-check";
import { TokenBucket } from "#server/access/token-bucket.js";

describe("TokenBucket", () => {
  it("lets as many through at once as in a second, and then says how long to wait", () => {
    const bucket = new TokenBucket(4, 1_000);
    for (let call = 0; call < 4; call += 1) assert.equal(bucket.take(1_000), 0);
    assert.equal(bucket.take(1_000), 250);
    assert.equal(bucket.take(1_125), 125);
    assert.equal(bucket.take(1_250), 0);
    assert.equal(bucket.take(1_250), 250);
  });

  it("saves no more than its burst, however long nothing happens", () => {
    const bucket = new TokenBucket(10, 0, 2);
    assert.deepEqual([bucket.take(90_000), bucket.take(90_000)], [0, 0]);
    assert.equal(bucket.take(90_000), 100);
  });

  it("never lets more through than its rate and its burst, whatever the times", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200, size: "max" });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), steps, (perSecond, delays) => {
        const bucket = new TokenBucket(perSecond, 0);
        let nowMs = 0;
        let taken = 0;
        for (const delayMs of delays) {
          nowMs += delayMs;
          if (bucket.take(nowMs) === 0) taken += 1;
        }
        return taken <= perSecond + (perSecond * nowMs) / 1_000;
      }),
    );
  });
});
