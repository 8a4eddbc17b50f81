import assert from "node:assert/strict";
import { readTimePoint } from "#cli/time-point.js";

describe("a moment on the command line", () => {
  /** In the zone of this host, as people mean it. */
  const now = new Date(2026, 10, 25, 12, 0, 0);
  const local = (...parts: readonly [number, number, number, number, number, number]): Date =>
    new Date(...parts);

  for (const [text, expected] of [
    ["03:12", local(2026, 10, 25, 3, 12, 0)],
    ["3:12:30", local(2026, 10, 25, 3, 12, 30)],
    ["12:00", local(2026, 10, 25, 12, 0, 0)],
    ["23:59", local(2026, 10, 24, 23, 59, 0)],
    ["2h", local(2026, 10, 25, 10, 0, 0)],
    ["1d", local(2026, 10, 24, 12, 0, 0)],
    ["2026-11-24 03:12", local(2026, 10, 24, 3, 12, 0)],
    ["2026-11-25T03:12:00Z", new Date(Date.UTC(2026, 10, 25, 3, 12))],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.deepEqual(readTimePoint(text, now), expected);
    });
  }

  it("refuses what is no time, saying how to say one", () => {
    for (const text of ["", "24:00", "03:60", "yesterday", "2026", "2026-13-01", "5"]) {
      assert.throws(() => readTimePoint(text, now), /such as "03:12"/, text);
    }
  });
});
