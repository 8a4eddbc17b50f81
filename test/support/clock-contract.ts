// What every Clock does, the system's and the one of the tests.

import assert from "node:assert/strict";
import type { Clock } from "#server/domain/boundaries.js";

export interface ClockUnderTest {
  readonly clock: Clock;
  /** Lets at least so many milliseconds pass. */
  readonly pass: (milliseconds: number) => void;
}

export function describeClock(name: string, make: () => ClockUnderTest): void {
  describe(`${name} as a Clock`, () => {
    it("has a monotonic time that is a number and never goes back", () => {
      const { clock, pass } = make();
      let before = clock.monotonicMs();
      assert.ok(Number.isFinite(before));
      for (let look = 0; look < 1_000; look += 1) {
        const now = clock.monotonicMs();
        assert.ok(now >= before);
        before = now;
      }
      pass(2);
      assert.ok(clock.monotonicMs() >= before + 2);
    });

    it("tells of both times in milliseconds, and lets both pass at one pace", () => {
      const { clock, pass } = make();
      const [monotonicMs, wallMs] = [clock.monotonicMs(), clock.wallMs()];
      pass(20);
      const monotonicPassedMs = clock.monotonicMs() - monotonicMs;
      const wallPassedMs = clock.wallMs() - wallMs;
      assert.ok(monotonicPassedMs >= 20);
      // Both are read one after the other, and a time service may be pulling at the wall clock.
      assert.ok(Math.abs(monotonicPassedMs - wallPassedMs) <= 5 + monotonicPassedMs / 2);
    });

    it("counts the wall's milliseconds from 1970", () => {
      const year = new Date(make().clock.wallMs()).getUTCFullYear();
      assert.ok(year >= 2025 && year < 2200, String(year));
    });
  });
}
