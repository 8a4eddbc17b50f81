import assert from "node:assert/strict";
import { type Band, bands } from "#server/domain/bands.js";
import { FreePorts } from "#server/domain/free-ports.js";

function allFree(count: number): FreePorts {
  const free = new FreePorts(count);
  for (let offset = 0; offset < count; offset += 1) free.addNewest(offset);
  return free;
}

describe("FreePorts", () => {
  it("gives the offset that has been free the longest", () => {
    const free = allFree(3);
    assert.equal(free.oldest(bands.dynamic), 0);
    free.remove(0);
    free.remove(1);
    free.addNewest(0);
    assert.equal(free.oldest(bands.dynamic), 2);
    free.remove(2);
    assert.equal(free.oldest(bands.dynamic), 0);
  });

  it("gives nothing when nothing is free", () => {
    assert.equal(new FreePorts(4).oldest(bands.pinned), null);
  });

  it("puts an undone take in front", () => {
    const free = allFree(3);
    free.remove(0);
    free.addOldest(0);
    assert.equal(free.oldest(bands.dynamic), 0);
  });

  it("does nothing when a free offset is added or a taken one removed", () => {
    const free = allFree(2);
    free.addNewest(0);
    assert.equal(free.size, 2);
    assert.equal(free.oldest(bands.dynamic), 0);
    assert.equal(free.remove(1), true);
    assert.equal(free.remove(1), false);
    assert.equal(free.size, 1);
  });

  it("shows every run within reach, each as long as it goes", () => {
    const free = allFree(8);
    free.setBand(0, bands.static);
    free.setBand(5, bands.pinned);
    free.remove(2);
    const runs = (reach: Band) => {
      const seen: (readonly [number, number])[] = [];
      free.visitRuns(reach, (firstOffset, count) => seen.push([firstOffset, count]) < 0);
      return seen;
    };
    assert.deepEqual(runs(bands.dynamic), [
      [1, 1],
      [3, 2],
      [6, 2],
    ]);
    assert.deepEqual(runs(bands.static)[0], [0, 2]);
    assert.equal(free.longestRun(bands.static), 2);
    assert.equal(free.longestRun(bands.pinned), 5);
  });

  it("keeps an offset's place in time when it gets another band", () => {
    const free = allFree(4);
    for (const offset of [2, 0, 3, 1]) free.setBand(offset, bands.static);
    const order = Array.from({ length: 4 }, () => {
      const offset = free.oldest(bands.static);
      if (offset !== null) free.remove(offset);
      return offset;
    });
    assert.deepEqual(order, [0, 1, 2, 3]);
  });
});
