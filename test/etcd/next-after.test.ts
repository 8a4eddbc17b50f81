// Where the next page begins when keys are text, and when they are none.

import assert from "node:assert/strict";
import { nextAfter } from "#etcd/next-after.js";

describe("the next page of keys", () => {
  it("goes on after the last key of the page before", () => {
    assert.equal(nextAfter("/a/2", undefined), "/a/2");
    assert.equal(nextAfter("/a/2", "/a/1"), "/a/2");
    assert.equal(nextAfter("/a/\u{1F600}", "/a/\uFFFD"), "/a/\u{1F600}");
  });

  it("goes on behind all that is no text where it would be the same page again", () => {
    assert.equal(nextAfter("/a/x\uFFFD1", "/a/x\uFFFD1"), "/a/y");
    assert.equal(nextAfter("/a/\uFFFD\u0001", "/a/\uFFFD\u0002"), "/a0");
    assert.equal(nextAfter("/a/\uD7FF\uFFFD", "/a/\uD7FF\uFFFD"), "/a/\uE000");
    assert.equal(nextAfter("/a/\u{10FFFF}\uFFFD", "/a/\u{10FFFF}\uFFFD"), "/a0");
    assert.equal(nextAfter("\uFFFD", "\uFFFD"), "\u{10FFFF}");
  });
});
