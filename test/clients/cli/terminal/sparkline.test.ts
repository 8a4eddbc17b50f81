// Bars over time.

import assert from "node:assert/strict";
import { sparkline } from "#cli/terminal/sparkline.js";

const at = (atMs: number, share: number) => ({ atMs, share });

describe("sparkline", () => {
  it("goes from nothing to all in eight steps", () => {
    const points = [0, 0.125, 0.126, 0.5, 0.51, 0.99, 1].map((share, index) => at(index, share));
    assert.equal(sparkline(points, 0, 7, 7), "▁▁▂▄▅██");
  });

  it("has a space where nothing is known, and the highest where much is", () => {
    assert.equal(sparkline([at(0, 0.5), at(1, 1), at(90, 0.2)], 0, 100, 10), "█        ▂");
  });

  it("has room for the last moment, and leaves out what is older", () => {
    assert.equal(sparkline([at(-1, 1), at(100, 1)], 0, 100, 4), "   █");
  });
});
