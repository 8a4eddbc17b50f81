// What is remembered of entries that cannot be understood.

import assert from "node:assert/strict";
import { UnreadableEntries, unreadableKeysMax } from "#fleet/sources/unreadable-entries.js";
import { SeldomWarning } from "#server/seldom-warning.js";
import { silentLog } from "../../support/silent-log.js";

describe("entries that cannot be understood", () => {
  /** What the sink knows: why, by key. */
  let told: Map<string, string>;
  let warnings: number;
  let entries: UnreadableEntries;

  beforeEach(() => {
    told = new Map();
    warnings = 0;
    const sink = {
      setUnreadable: (key: string, entry: { readonly why: string } | null) =>
        void (entry === null ? told.delete(key) : told.set(key, entry.why)),
    };
    const log = { ...silentLog, warn: () => (warnings += 1) };
    entries = new UnreadableEntries(sink, new SeldomWarning("unreadable", log));
  });

  it("count once each, for as long as they are there", () => {
    entries.add("a", "it is not JSON");
    entries.add("a", "its port is 0");
    entries.add("b", "it is not JSON");
    assert.equal(entries.count, 2);
    assert.equal(told.get("a"), "its port is 0");
    entries.clear("a");
    entries.clear("never seen");
    assert.deepEqual([...told.keys()], ["b"]);
    assert.equal(entries.count, 1);
  });

  it("are warned of seldom, however many there are", () => {
    for (let index = 0; index < 1_000; index += 1) entries.add(`key ${index}`, "it is not JSON");
    assert.equal(warnings, 1);
  });

  it("are gone when everything was gone through and they were not found again", () => {
    entries.add("a", "it is not JSON");
    entries.add("b", "it is not JSON");
    entries.beginPass();
    entries.add("b", "it is not JSON");
    entries.endPass();
    assert.deepEqual([...told.keys()], ["b"]);
  });

  it("are remembered up to a bound, and counted beyond it", () => {
    const fill = (): void => {
      for (let index = 0; index < unreadableKeysMax + 5; index += 1) {
        entries.add(`key ${index}`, "it is not JSON");
      }
    };
    entries.beginPass();
    fill();
    entries.endPass();
    assert.equal(told.size, unreadableKeysMax);
    assert.equal(entries.count, unreadableKeysMax + 5);
    entries.beginPass();
    fill();
    entries.endPass();
    assert.equal(entries.count, unreadableKeysMax + 5);
    entries.beginPass();
    entries.endPass();
    assert.equal(entries.count, 0);
  });

  it("are to be gone through again when most of them went, of those that there was no room for", () => {
    for (let index = 0; index < unreadableKeysMax + 5; index += 1) {
      entries.add(`key ${index}`, "it is not JSON");
    }
    assert.equal(entries.outdated, false);
    for (let index = 0; index <= unreadableKeysMax / 2; index += 1) entries.clear(`key ${index}`);
    assert.equal(entries.outdated, true);
    entries.beginPass();
    entries.add("key 9999", "it is not JSON");
    entries.endPass();
    assert.deepEqual([entries.count, entries.outdated], [1, false]);
  });

  it("are told by a part of their keys where those are long, and still apart", () => {
    const long = "k".repeat(1_000_000);
    entries.add(`${long}1`, "it is not JSON");
    entries.add(`${long}2`, "it is not JSON");
    assert.equal(entries.count, 2);
    for (const key of told.keys()) assert.ok(key.length <= 300);
    entries.clear(`${long}1`);
    assert.equal(told.size, 1);
  });
});
