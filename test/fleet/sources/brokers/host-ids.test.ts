// The ids of hosts that are given by addresses.

import assert from "node:assert/strict";
import { assignHostIds } from "#fleet/sources/brokers/host-ids.js";
import { isHostId } from "#fleet/records/fleet-keys.js";

function idsOf(names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(assignHostIds(new Map(Object.entries(names))));
}

describe("the ids of hosts that are given by addresses", () => {
  it("are the names of the hosts, in lower case", () => {
    const ids = idsOf({ "10.0.0.1:7600": "BUILD-01", "10.0.0.2:7600": "build-02" });
    assert.deepEqual(ids, { "10.0.0.1:7600": "build-01", "10.0.0.2:7600": "build-02" });
  });

  it("have the address behind them wherever two hosts have one name, in whatever order they are known", () => {
    const expected = {
      "10.0.0.1:7600": "build-10.0.0.1-7600",
      "[2001:db8::1]:7600": "build--2001-db8-1-7600",
    };
    assert.deepEqual(idsOf({ "10.0.0.1:7600": "build", "[2001:db8::1]:7600": "Build" }), expected);
    assert.deepEqual(idsOf({ "[2001:db8::1]:7600": "Build", "10.0.0.1:7600": "build" }), expected);
  });

  it("are ids of the fleet whatever the hosts are called, and different ones", () => {
    const names = ["", ".", "..", "host", "a b", "a-b", "ü", "x".repeat(400), "x".repeat(401)];
    const ids = assignHostIds(new Map(names.map((name, index) => [`10.0.0.1:${index}`, name])));
    for (const id of ids.values()) assert.ok(isHostId(id), id);
    assert.equal(new Set(ids.values()).size, names.length);
  });

  it("are different also where a name looks like the address of another", () => {
    const ids = idsOf({ "a:1": "host", "b:1": "host", "c:1": "host-a-1" });
    assert.equal(new Set(Object.values(ids)).size, 3);
  });
});
