// Runs of ports, and that runs of what has changed make the one out of the other.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { BlockPorts } from "#server/live/port-states.js";
import { changedRuns, runsOf, type StateRun } from "#server/live/state-runs.js";

function block(states: readonly number[], firstPort = 100): BlockPorts {
  const ports = { firstPort, lastPort: firstPort + states.length - 1 };
  return { blockId: "b", ports, states: Uint8Array.from(states) };
}

function short(runs: readonly StateRun[]): readonly (readonly number[])[] {
  return runs.map(({ firstPort, portCount, state }) => [firstPort, portCount, state]);
}

describe("Runs of states", () => {
  it("join neighbours of one state, up to both ends", () => {
    assert.deepEqual(short(runsOf(block([1, 1, 4, 1, 1, 1]))), [
      [100, 2, 1],
      [102, 1, 4],
      [103, 3, 1],
    ]);
    assert.deepEqual(short(runsOf(block([3]))), [[100, 1, 3]]);
  });

  it("of what has changed leave out what has not, also between changes of one state", () => {
    const before = block([1, 1, 4, 1, 1, 1]);
    assert.deepEqual(short(changedRuns(before, block([4, 4, 4, 4, 1, 1]))), [
      [100, 2, 4],
      [103, 1, 4],
    ]);
    assert.deepEqual(changedRuns(before, block([1, 1, 4, 1, 1, 1])), []);
  });

  it("are all of them for a block that is new, or has other ports", () => {
    const now = block([1, 1]);
    assert.deepEqual(changedRuns(undefined, now), runsOf(now));
    assert.deepEqual(changedRuns(block([1, 1], 200), now), runsOf(now));
    assert.deepEqual(changedRuns(block([1, 1, 1]), now), runsOf(now));
  });

  it("add up: before and what has changed make now, with as few runs as can be", () => {
    const states = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(states, states, (before, now) => {
        const known = [...before];
        const runs = changedRuns(block(before), block(now));
        for (const [index, { firstPort, portCount, state }] of runs.entries()) {
          known.fill(state, firstPort - 100, firstPort - 100 + portCount);
          const next = runs[index + 1];
          const touches = next?.firstPort === firstPort + portCount;
          assert.ok(!touches || next.state !== state, "two runs that are one");
        }
        assert.deepEqual(known, now);
      }),
    );
  });
});
