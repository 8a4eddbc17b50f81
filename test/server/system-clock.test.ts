import assert from "node:assert/strict";
import { describeClock } from "../support/clock-contract.js";
import { systemClock, systemRandom } from "#server/system-clock.js";

describe("systemRandom()", () => {
  it("never gives the same bytes twice, and does not change bytes it gave", () => {
    const random = systemRandom();
    const draws = Array.from({ length: 1_000 }, () => random.bytes(16));
    const texts = draws.map((bytes) => Buffer.from(bytes).toString("hex"));
    assert.equal(new Set(texts).size, 1_000);
    assert.deepEqual(
      draws.map((bytes) => Buffer.from(bytes).toString("hex")),
      texts,
    );
    assert.equal(random.bytes(10_000).length, 10_000);
  });
});

describe("systemClock", () => {
  it("never goes back", () => {
    let before = systemClock.monotonicMs();
    for (let reading = 0; reading < 1_000; reading += 1) {
      const now = systemClock.monotonicMs();
      assert.ok(now >= before);
      before = now;
    }
  });
});

describeClock("systemClock", () => ({
  clock: systemClock,
  pass: (milliseconds) => {
    const endMs = systemClock.monotonicMs() + milliseconds;
    while (systemClock.monotonicMs() < endMs);
  },
}));
