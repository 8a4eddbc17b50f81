import assert from "node:assert/strict";
import { bands } from "#server/domain/bands.js";
import { compact } from "#server/domain/compact.js";
import { FreePorts } from "#server/domain/free-ports.js";
import { leastRecentlyUsed } from "#server/domain/least-recently-used.js";
import type { PickPolicy } from "#server/domain/pick-policy.js";
import { RandomPick } from "#server/domain/random-pick.js";
import { SeededRandom } from "../../support/seeded-random.js";

/** "-" is taken. */
function freePorts(picture: string): FreePorts {
  const free = new FreePorts(picture.length);
  for (let offset = 0; offset < picture.length; offset += 1) {
    if (picture[offset] !== "-") free.addNewest(offset);
  }
  return free;
}

function take(policy: PickPolicy, free: FreePorts, count: number): number | null {
  const first = policy.pick(free, count, bands.static);
  if (first !== null)
    for (let offset = first; offset < first + count; offset += 1) free.remove(offset);
  return first;
}

describe("Picking ports", () => {
  describe("least recently used", () => {
    it("gives the run whose last used port has been free the longest", () => {
      const free = freePorts("oooooo");
      for (const offset of [0, 3]) {
        free.remove(offset);
        free.addNewest(offset);
      }
      assert.equal(leastRecentlyUsed.pick(free, 2, bands.dynamic), 1);
      assert.equal(take(leastRecentlyUsed, free, 2), 1);
      assert.equal(take(leastRecentlyUsed, free, 2), 4);
      assert.equal(take(leastRecentlyUsed, free, 2), null);
    });

    it("goes through the whole block in turn, in runs as in single ports", () => {
      const free = freePorts("oooooo");
      const given = Array.from({ length: 6 }, () => {
        const first = take(leastRecentlyUsed, free, 2);
        for (let offset = first ?? 0; offset < (first ?? 0) + 2; offset += 1)
          free.addNewest(offset);
        return first;
      });
      assert.deepEqual(given, [0, 2, 4, 0, 2, 4]);
    });
  });

  describe("compact", () => {
    it("takes from the shortest run that is long enough, and of equal ones from the first", () => {
      const free = freePorts("ooooo-oo-ooo-oo");
      assert.equal(take(compact, free, 2), 6);
      assert.equal(take(compact, free, 1), 13);
      assert.equal(take(compact, free, 1), 14);
      assert.equal(take(compact, free, 1), 9);
      assert.equal(take(compact, free, 4), 0);
      assert.equal(take(compact, free, 3), null);
    });

    it("leaves the long run whole where least recently used breaks it", () => {
      const [tidy, worn] = [freePorts("oooo-oo"), freePorts("oooo-oo")];
      for (let count = 0; count < 2; count += 1) {
        take(compact, tidy, 1);
        take(leastRecentlyUsed, worn, 1);
      }
      assert.equal(tidy.longestRun(bands.dynamic), 4);
      assert.equal(worn.longestRun(bands.dynamic), 2);
    });
  });

  describe("random", () => {
    it("gives every place where a run fits, about equally often, and no other", () => {
      const random = new RandomPick(new SeededRandom(3));
      const free = freePorts("ooo-oo-o-oooo");
      const counts = new Map<number, number>();
      for (let trial = 0; trial < 6_000; trial += 1) {
        const first = random.pick(free, 2, bands.dynamic) ?? -1;
        counts.set(first, (counts.get(first) ?? 0) + 1);
      }
      assert.deepEqual(
        [...counts.keys()].toSorted((a, b) => a - b),
        [0, 1, 4, 9, 10, 11],
      );
      for (const [first, count] of counts)
        assert.ok(count > 800 && count < 1_200, `${first}: ${count}`);
      assert.equal(random.pick(free, 5, bands.dynamic), null);
    });

    it("depends on the randomness that it is given alone", () => {
      const picks = (seed: number) => {
        const random = new RandomPick(new SeededRandom(seed));
        const free = freePorts("o".repeat(50));
        return Array.from({ length: 10 }, () => take(random, free, 1));
      };
      assert.deepEqual(picks(1), picks(1));
      assert.notDeepEqual(picks(1), picks(2));
    });
  });
});
