// What is in the map, against a Map; and that what was deleted is gone for the collector of young objects, too.

import assert from "node:assert/strict";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { ForgetfulMap } from "#server/domain/forgetful-map.js";

describe("ForgetfulMap", () => {
  it("has what a Map has, in the same order", () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 9 }), sets: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
        const [map, model] = [new ForgetfulMap<number, string>(), new Map<number, string>()];
        for (const [index, { key, sets }] of steps.entries()) {
          if (sets) {
            map.set(key, `value ${index}`);
            model.set(key, `value ${index}`);
          } else {
            assert.equal(map.delete(key), model.delete(key));
          }
          assert.equal(map.get(key), model.get(key));
          assert.equal(map.has(key), model.has(key));
          assert.equal(map.size, model.size);
        }
        assert.deepEqual([...map], [...model]);
        assert.deepEqual([...map.keys()], [...model.keys()]);
        assert.deepEqual([...map.values()], [...model.values()]);
        assert.deepEqual(toldBy(map), toldBy(model));
        map.clear();
        assert.deepEqual([map.size, ...map.entries()], [0]);
      }),
    );
  });

  it("may be emptied while it is read", () => {
    const map = new ForgetfulMap<string, number>();
    for (const [index, key] of ["a", "b", "c"].entries()) map.set(key, index);
    const read: string[] = [];
    for (const [key] of map.entries()) {
      read.push(key);
      for (const gone of ["a", "b"]) map.delete(gone);
    }
    assert.deepEqual(read, ["a", "c"]);
  });

  it("keeps nothing of what was deleted until old objects are collected", () => {
    const map = new ForgetfulMap<string, object>();
    const keptBytes = bytesKeptBy(
      (key) => map.set(key, large()),
      (key) => map.delete(key),
    );
    assert.ok(keptBytes < wholeBytes / 10, `${keptBytes} of ${wholeBytes} bytes are kept`);
  });
});

function toldBy(map: Map<number, string>): unknown[] {
  const told: unknown[] = [];
  map.forEach(function (this: unknown, ...given) {
    told.push(this, given[0], given[1], given[2] === map);
  }, "this");
  return told;
}

const rounds = 5_000;
const valueBytes = 2_000;
const wholeBytes = rounds * valueBytes;

function large(): object {
  return Array.from({ length: valueBytes / 8 }, (_, index) => index + 0.5);
}

/** How many bytes became old while values came and went and only young objects were collected. */
function bytesKeptBy(add: (key: string) => void, remove: (key: string) => void): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options?: { type: "minor" }) => void;
  add("first");
  // What is there now is old from now on.
  collect();
  const before = oldBytes();
  for (let round = 0; round < rounds; round += 1) {
    add(`key ${round}`);
    if (round >= 64) remove(`key ${round - 64}`);
    if (round % 100 === 0) collect({ type: "minor" });
  }
  return oldBytes() - before;
}

function oldBytes(): number {
  const old = getHeapSpaceStatistics().find(({ space_name: name }) => name === "old_space");
  assert.ok(old !== undefined);
  return old.space_used_size;
}
