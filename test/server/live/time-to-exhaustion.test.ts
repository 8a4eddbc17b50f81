// When a pool is expected to be full: plain cases, and properties over made-up uses.

import assert from "node:assert/strict";
import fc from "fast-check";
import { timeToExhaustionMs, type UseSample } from "#server/live/time-to-exhaustion.js";

const everyMs = 10_000;
const total = 1_000;

/** Ten minutes of a pool of 1,000 ports, of which so many are in use at each sample. */
function samplesOf(used: readonly number[]): readonly UseSample[] {
  return used.map((inUse, index) => ({
    atMs: 5_000 + index * everyMs,
    total,
    free: total - Math.min(total, Math.max(0, Math.round(inUse))),
  }));
}

function of60(useAt: (index: number) => number): readonly UseSample[] {
  return samplesOf(Array.from({ length: 60 }, (_, index) => useAt(index)));
}

/** Seconds, for a pool that does not grow. */
function seconds(samples: readonly UseSample[], sizeMax = total): number | null {
  const timeMs = timeToExhaustionMs(samples, sizeMax);
  return timeMs === null ? null : Math.round(timeMs / 1_000);
}

describe("The time to exhaustion", () => {
  it("is the free ports over the ports more a second", () => {
    // One more every ten seconds; 941 are left.
    assert.equal(seconds(of60((index) => index)), 9_410);
  });

  it("counts up to what a pool may grow to", () => {
    assert.equal(
      seconds(
        of60((index) => index),
        2_000,
      ),
      19_410,
    );
  });

  it("is zero for a pool that is full, whatever it did before", () => {
    assert.equal(seconds(of60(() => total)), 0);
    assert.equal(seconds(samplesOf([total])), 0);
    assert.equal(
      seconds(
        of60(() => total),
        2_000,
      ),
      null,
      "it may grow, and does not fill up",
    );
  });

  it("is unknown without ports, and without two minutes of samples", () => {
    assert.equal(timeToExhaustionMs([], total), null);
    assert.equal(timeToExhaustionMs([{ atMs: 0, total: 0, free: 0 }], 0), null);
    const rising = of60((index) => 10 * index);
    assert.equal(seconds(rising.slice(0, 11)), null);
    assert.notEqual(seconds(rising.slice(0, 12)), null);
  });

  it("is unset when it is too far off to matter", () => {
    // One more in ten minutes: a week is 1,008 times as long.
    assert.equal(
      seconds(
        of60((index) => index / 59),
        3_000,
      ),
      null,
    );
  });

  it("is unset for a step, wherever it is and however high", () => {
    const steps = fc.record({
      at: fc.integer({ min: 1, max: 59 }),
      height: fc.integer({ min: 1, max: 900 }),
    });
    fc.assert(
      fc.property(steps, ({ at, height }) => {
        assert.equal(seconds(of60((index) => (index < at ? 50 : 50 + height))), null);
      }),
    );
  });

  it("is unset once a rise has come to its end", () => {
    assert.equal(seconds(of60((index) => Math.min(300, index * 10))), null);
  });

  it("is unset for a flat or falling use, with noise or without", () => {
    const uses = fc.record({
      level: fc.integer({ min: 200, max: 800 }),
      fall: fc.double({ min: 0, max: 3, noNaN: true }),
      noise: fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 60, maxLength: 60 }),
      amplitude: fc.constantFrom(0, 0.1, 1),
    });
    fc.assert(
      fc.property(uses, ({ level, fall, noise, amplitude }) => {
        // Noise that happens to be sorted is no noise.
        fc.pre(amplitude === 0 || isScattered(noise));
        const use = (index: number): number =>
          level - fall * index + amplitude * (noise[index] ?? 0);
        assert.equal(seconds(of60(use)), null);
      }),
      { seed: 20_261_126 },
    );
  });

  it("is near the truth for a use that rises clearly, with noise and with outliers", () => {
    const uses = fc.record({
      slope: fc.double({ min: 2, max: 10, noNaN: true }),
      noise: fc.array(fc.integer({ min: -10, max: 10 }), { minLength: 60, maxLength: 60 }),
      outliers: fc.uniqueArray(fc.integer({ min: 0, max: 44 }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(uses, ({ slope, noise, outliers }) => {
        fc.pre(isScattered(noise));
        const use = (index: number): number =>
          outliers.includes(index) ? 900 : 100 + slope * index + (noise[index] ?? 0);
        const truth = ((total - 100 - slope * 59) / slope) * 10;
        const told = seconds(of60(use));
        assert.ok(told !== null, "it rises plainly");
        assert.ok(Math.abs(told - truth) <= 0.35 * truth + 60, `${told} s, not ${truth} s`);
      }),
      { seed: 20_261_126 },
    );
  });
});

/** Goes up and down about as often as chance has it. */
function isScattered(noise: readonly number[]): boolean {
  const half = noise.length / 2;
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const drift = Math.abs(sum(noise.slice(0, half)) - sum(noise.slice(half))) / half;
  return drift <= 3;
}
