import assert from "node:assert/strict";
import fc from "fast-check";
import { FreePorts } from "#server/domain/free-ports.js";

function allFree(count: number): FreePorts {
  const free = new FreePorts(count);
  for (let offset = 0; offset < count; offset += 1) free.addNewest(offset);
  return free;
}

describe("FreePorts", () => {
  it("gives the offset that has been free the longest", () => {
    const free = allFree(3);
    assert.equal(free.oldest(), 0);
    free.remove(0);
    free.remove(1);
    free.addNewest(0);
    assert.equal(free.oldest(), 2);
    free.remove(2);
    assert.equal(free.oldest(), 0);
  });

  it("gives nothing when nothing is free", () => {
    assert.equal(new FreePorts(4).oldest(), null);
    assert.equal(new FreePorts(4).findRun(1), null);
  });

  it("puts an undone take in front", () => {
    const free = allFree(3);
    free.remove(0);
    free.addOldest(0);
    assert.equal(free.oldest(), 0);
  });

  it("does nothing when a free offset is added or a taken one removed", () => {
    const free = allFree(2);
    free.addNewest(0);
    assert.equal(free.size, 2);
    assert.equal(free.oldest(), 0);
    assert.equal(free.remove(1), true);
    assert.equal(free.remove(1), false);
    assert.equal(free.size, 1);
  });

  it("finds runs in turn through the whole block", () => {
    const free = allFree(6);
    assert.equal(free.findRun(2), 0);
    assert.equal(free.findRun(2), 2);
    assert.equal(free.findRun(2), 4);
    assert.equal(free.findRun(2), 0);
  });

  it("finds the only run that is left, wherever it is", () => {
    const free = allFree(6);
    free.findRun(4);
    for (const offset of [2, 5]) free.remove(offset);
    assert.equal(free.findRun(2), 0);
    assert.equal(free.findRun(2), 3);
    assert.equal(free.findRun(3), null);
    assert.equal(free.longestRun(), 2);
  });

  it("agrees with a naive model over 10,000 operations", () => {
    const capacity = 24;
    const operation = fc.record({
      kind: fc.constantFrom("take", "give", "undo", "run"),
      offset: fc.integer({ min: 0, max: capacity - 1 }),
      count: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { minLength: 100, maxLength: 100 }), (operations) => {
        const free = allFree(capacity);
        let model = Array.from({ length: capacity }, (_, offset) => offset);
        for (const { kind, offset, count } of operations) {
          if (kind === "take") {
            assert.equal(free.oldest(), model[0] ?? null);
            if (free.remove(offset)) model = model.filter((other) => other !== offset);
          } else if (kind === "give" && !model.includes(offset)) {
            free.addNewest(offset);
            model.push(offset);
          } else if (kind === "undo" && !model.includes(offset)) {
            free.addOldest(offset);
            model.unshift(offset);
          } else if (kind === "run") {
            const found = free.findRun(count);
            const runs = model.filter((first) =>
              Array.from({ length: count }, (_, i) => first + i).every((o) => model.includes(o)),
            );
            assert.equal(found === null, runs.length === 0);
            if (found !== null) assert.ok(runs.includes(found));
          }
          assert.equal(free.size, model.length);
          for (let o = 0; o < capacity; o += 1) assert.equal(free.has(o), model.includes(o));
        }
      }),
      { numRuns: 100 },
    );
  });
});
