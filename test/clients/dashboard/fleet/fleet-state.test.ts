// What the dashboard knows after the messages of WatchFleet: everything first, in parts, then what has changed.

import assert from "node:assert/strict";
import {
  applyUpdate,
  beginStream,
  type FleetState,
  nothingKnown,
} from "#dashboard/fleet/model/fleet-state.js";
import { fleetOf, hostOf, updateOf } from "./fleet-samples.js";

const ids = ({ hosts }: FleetState): readonly string[] => hosts.map(({ hostId }) => hostId);

const first = beginStream(
  nothingKnown,
  updateOf({ fleet: fleetOf(), hosts: [hostOf("b"), hostOf("a")] }),
);

describe("the state of the fleet", () => {
  it("has the hosts by id, and everything is known, after a first message that is complete", () => {
    assert.deepEqual(ids(first), ["a", "b"]);
    assert.equal(first.wasComplete, true);
    assert.equal(first.fleet?.leases, 50);
  });

  it("shows a first view as it comes, and says that there may be more", () => {
    const half = beginStream(nothingKnown, updateOf({ hosts: [hostOf("b")], complete: false }));
    assert.deepEqual([ids(half), half.wasComplete], [["b"], false]);
    const all = applyUpdate(half, updateOf({ hosts: [hostOf("a")] }));
    assert.deepEqual([ids(all), all.wasComplete], [["a", "b"], true]);
  });

  it("replaces what has changed, and takes away what is gone", () => {
    const next = applyUpdate(
      first,
      updateOf({ hosts: [hostOf("b", { leases: 7 }), hostOf("c")], removedHostIds: ["a"] }),
    );
    assert.deepEqual(ids(next), ["b", "c"]);
    assert.equal(next.byId.get("b")?.leases, 7);
    assert.deepEqual(ids(first), ["a", "b"], "what was shown has not changed by itself");
  });

  it("is the same where a message says nothing new, so that nothing is drawn anew", () => {
    assert.equal(applyUpdate(first, updateOf()), first);
    assert.equal(applyUpdate(first, updateOf({ fleet: fleetOf() })).hosts, first.hosts);
  });

  it("keeps what was known while it comes anew, and then forgets what was not told again", () => {
    const half = beginStream(
      first,
      updateOf({ hosts: [hostOf("b", { leases: 9 })], complete: false }),
    );
    assert.deepEqual(ids(half), ["a", "b"]);
    assert.equal(half.byId.get("b")?.leases, 50, "half of a view is not shown");
    const whole = applyUpdate(half, updateOf({ hosts: [hostOf("c")] }));
    assert.deepEqual(ids(whole), ["b", "c"]);
    assert.equal(whole.byId.get("b")?.leases, 9);
  });

  it("begins again when a stream breaks off before it was complete", () => {
    const half = beginStream(first, updateOf({ hosts: [hostOf("x")], complete: false }));
    const again = beginStream(half, updateOf({ hosts: [hostOf("c")] }));
    assert.deepEqual(ids(again), ["c"]);
  });

  it("has no host where a complete view tells of none", () => {
    assert.deepEqual(ids(beginStream(first, updateOf())), []);
  });
});
