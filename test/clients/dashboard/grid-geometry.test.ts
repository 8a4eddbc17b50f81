// Where each port lies in the grid.

import assert from "node:assert/strict";
import { gridGeometry, indexAt, moveBy, placeOf } from "#dashboard/model/grid-geometry.js";

const widths = [320, 368, 600, 900, 1_200, 1_600];
const counts = [1, 3, 16, 100, 256, 1_000, 4_096, 10_000, 65_535];

describe("the grid of ports", () => {
  it("fits into the width there is, whatever the number of ports", () => {
    for (const widthPx of widths) {
      for (const count of counts) {
        const { widthPx: used, columns, rows } = gridGeometry(count, widthPx);
        assert.ok(used <= widthPx, `${count} ports at ${widthPx} px take ${used} px`);
        assert.ok(columns * rows >= count && columns * (rows - 1) < count);
      }
    }
  });

  it("finds each port where it has placed it, and none between and beside", () => {
    for (const count of [1, 17, 256]) {
      const geometry = gridGeometry(count, 900);
      for (let index = 0; index < count; index += 1) {
        const { xPx, yPx } = placeOf(geometry, index);
        assert.equal(indexAt(geometry, xPx + 1, yPx + 1), index);
      }
      assert.equal(indexAt(geometry, geometry.labelPx - 1, 1), null);
      assert.equal(indexAt(geometry, 1, geometry.heightPx + 1), null);
      assert.equal(indexAt(geometry, geometry.widthPx + 1, 1), null);
    }
  });

  it("has no port behind the last one of an incomplete row", () => {
    const geometry = gridGeometry(33, 900);
    const { xPx, yPx } = placeOf(geometry, 33);
    assert.equal(indexAt(geometry, xPx + 1, yPx + 1), null);
  });

  it("moves by keys and stays within the block", () => {
    const geometry = gridGeometry(256, 900);
    const { columns } = geometry;
    assert.equal(moveBy(geometry, 5, "ArrowRight"), 6);
    assert.equal(moveBy(geometry, 0, "ArrowLeft"), 0);
    assert.equal(moveBy(geometry, 5, "ArrowDown"), 5 + columns);
    assert.equal(moveBy(geometry, 5, "ArrowUp"), 5);
    assert.equal(moveBy(geometry, 5, "End"), 255);
    assert.equal(moveBy(geometry, 255, "ArrowRight"), 255);
    assert.equal(moveBy(geometry, 255, "Home"), 0);
    assert.equal(moveBy(geometry, 5, "a"), null);
  });

  it("has no ragged last row where a round number of columns avoids it", () => {
    for (const widthPx of [768, 900, 1_088]) {
      assert.equal(256 % gridGeometry(256, widthPx).columns, 0, `${widthPx} px`);
    }
  });

  it("shows ten thousand ports in little more than a screen", () => {
    assert.ok(gridGeometry(10_000, 766).heightPx <= 1_100);
    assert.ok(gridGeometry(10_000, 1_088).heightPx <= 800);
  });

  it("writes numbers beside rows only where they leave room for ports", () => {
    assert.equal(gridGeometry(256, 368).labelPx, 0);
    assert.ok(gridGeometry(256, 900).labelPx > 0);
  });
});
