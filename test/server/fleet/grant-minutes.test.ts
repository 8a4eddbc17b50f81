// Grants by the minute of the wall clock.

import assert from "node:assert/strict";
import { GrantMinutes } from "#server/fleet/grant-minutes.js";

const start = Date.UTC(2026, 0, 1, 12, 0, 20);
const minute = 60_000;
const at = (time: number) => new Date(time).toISOString().slice(11, 16);

describe("grants of each minute", () => {
  it("are told when their minute is over, from the one of the start on", () => {
    const minutes = new GrantMinutes(start, 5);
    minutes.advance(start + 10_000, 8);
    assert.deepEqual(minutes.counts.counts, []);
    minutes.advance(start + minute, 10);
    minutes.advance(start + 3 * minute, 11);
    const { firstMinuteWallMs, counts } = minutes.counts;
    assert.equal(at(firstMinuteWallMs), "12:00");
    assert.equal(firstMinuteWallMs % minute, 0);
    assert.deepEqual(counts, [3, 2, 0]);
  });

  it("are those of the last hour", () => {
    const minutes = new GrantMinutes(start, 0);
    for (let passed = 1; passed <= 100; passed += 1)
      minutes.advance(start + passed * minute, passed);
    const { firstMinuteWallMs, counts } = minutes.counts;
    assert.equal(counts.length, 60);
    assert.equal(firstMinuteWallMs + 60 * minute, Date.UTC(2026, 0, 1, 12, 0) + 100 * minute);
    assert.ok(counts.every((count) => count === 1));
  });

  it("begin anew when the clock was set, or the process did not run for long", () => {
    for (const jumpMs of [-5 * minute, 120 * minute]) {
      const minutes = new GrantMinutes(start, 0);
      minutes.advance(start + minute, 3);
      minutes.advance(start + jumpMs, 4);
      assert.deepEqual(minutes.counts.counts, []);
      minutes.advance(start + jumpMs + minute, 4);
      assert.deepEqual(minutes.counts.counts, [1]);
    }
  });
});
