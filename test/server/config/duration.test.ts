// Durations in configuration and on the command line.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { formatDuration, parseDuration } from "#server/config/duration.js";

describe("parseDuration", () => {
  it("reads numbers with units, alone and together", () => {
    const cases: readonly (readonly [string, number])[] = [
      ["500ms", 500],
      ["30s", 30_000],
      ["1.5s", 1_500],
      ["5m", 300_000],
      ["1h30m", 5_400_000],
      ["2d", 172_800_000],
      [" 10S ", 10_000],
      ["0", 0],
      ["0s", 0],
    ];
    for (const [text, expectedMs] of cases) assert.equal(parseDuration(text), expectedMs, text);
  });

  it("refuses numbers without units, signs, other units and parts of a millisecond", () => {
    for (const text of [
      "30",
      "-5s",
      "5 s",
      "s",
      "",
      "1w",
      "0.5ms",
      "1e3s",
      "99999999999d",
      "5s!",
    ]) {
      assert.equal(parseDuration(text), null, text);
    }
  });

  it("reads back what formatDuration writes", () => {
    fc.assert(
      fc.property(fc.nat(10_000_000_000), (durationMs) => {
        assert.equal(parseDuration(formatDuration(durationMs)), durationMs);
      }),
    );
  });
});
