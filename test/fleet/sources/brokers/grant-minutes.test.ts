// Grants per minute out of samples.

import assert from "node:assert/strict";
import { UsageSample } from "@portlease/proto/portlease/v1/admin_service.js";
import { grantMinutes, noGrants } from "#fleet/sources/brokers/grant-minutes.js";

const startMs = Date.UTC(2026, 0, 1, 12);

/** One sample every 10 s from `fromSeconds` to `toSeconds`, each with one grant. */
function samples(fromSeconds: number, toSeconds: number): UsageSample[] {
  const made: UsageSample[] = [];
  for (let second = fromSeconds; second <= toSeconds; second += 10) {
    const sampleTime = new Date(startMs + second * 1_000);
    made.push(UsageSample.fromPartial({ sampleTime, grants: 1 }));
  }
  return made;
}

describe("grants per minute", () => {
  it("are those of whole minutes, a sample counting for the time before it", () => {
    const { firstMinuteWallMs, counts } = grantMinutes(samples(30, 200), 10_000);
    assert.equal(firstMinuteWallMs, startMs + 60_000);
    assert.deepEqual(counts, [6, 6]);
  });

  it("are none before a minute is over, nor without samples", () => {
    assert.deepEqual(grantMinutes(samples(10, 50), 10_000), noGrants);
    assert.deepEqual(grantMinutes([], 10_000), noGrants);
  });

  it("are none for minutes in which the broker stood still", () => {
    const { counts } = grantMinutes([...samples(0, 120), ...samples(250, 300)], 10_000);
    assert.deepEqual(counts, [6, 6, 0, 0]);
  });

  it("are those of the last hour", () => {
    const { firstMinuteWallMs, counts } = grantMinutes(samples(0, 7_200), 10_000);
    assert.equal(counts.length, 60);
    assert.equal(firstMinuteWallMs, startMs + 59 * 60_000);
  });
});
