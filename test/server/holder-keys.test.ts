import assert from "node:assert/strict";
import { holderKeys } from "#server/holder-keys.js";

describe("holderKeys()", () => {
  const keys = holderKeys(new Uint8Array(32).fill(7));

  it("gives the same lease the same key, and every other one another", () => {
    assert.equal(keys.keyFor("a"), keys.keyFor("a"));
    assert.notEqual(keys.keyFor("a"), keys.keyFor("b"));
    assert.match(keys.keyFor("a"), /^[\w-]{32}$/);
  });

  it("gives the keys that versions before gave: they must be right after an upgrade", () => {
    assert.equal(keys.keyFor("a"), "TnAEvrrCh2VvlqKdSxa-LUqjUs-Icc0i");
  });

  it("depends on the broker's secret", () => {
    assert.notEqual(keys.keyFor("a"), holderKeys(new Uint8Array(32).fill(8)).keyFor("a"));
  });

  it("matches its own key only, of whatever length or alphabet the other is", () => {
    const key = keys.keyFor("a");
    assert.equal(keys.equal(keys.keyFor("a"), key), true);
    for (const wrong of ["", "x", key.slice(1), `${key}a`, keys.keyFor("b"), "ключ"]) {
      assert.equal(keys.equal(keys.keyFor("a"), wrong), false, wrong);
    }
  });
});
