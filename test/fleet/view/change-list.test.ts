// Marks among what has changed.

import assert from "node:assert/strict";
import { ChangeList, type ChangeNode } from "#fleet/view/change-list.js";

class Thing implements ChangeNode {
  readonly name: string;
  older: ChangeNode | null = null;
  newer: ChangeNode | null = null;

  constructor(name: string) {
    this.name = name;
  }
}

describe("A list of changes", () => {
  const [a, b, c] = [new Thing("a"), new Thing("b"), new Thing("c")];
  let dropped: string[];
  let list: ChangeList<Thing>;

  beforeEach(() => {
    dropped = [];
    list = new ChangeList<Thing>(({ name }) => dropped.push(name));
  });

  const readAll = (mark: ChangeNode): string => {
    const end = list.mark();
    let read = "";
    for (let thing = list.next(mark, end); thing !== null; thing = list.next(mark, end)) {
      read += thing.name;
    }
    list.unmark(end);
    return read;
  };

  it("keeps nothing while nobody reads", () => {
    list.touch(a);
    assert.deepEqual(dropped, ["a"]);
    assert.equal(readAll(list.mark()), "");
  });

  it("has each thing once, at its last change, for each reader from where it was", () => {
    const first = list.mark();
    list.touch(a);
    list.touch(b);
    const second = list.mark();
    list.touch(c);
    list.touch(a);
    assert.equal(readAll(second), "ca");
    assert.equal(readAll(first), "bca");
    assert.deepEqual(dropped, ["b", "c", "a"]);
    assert.equal(readAll(first), "");
  });

  it("drops what all have read, and what nobody waits for any more", () => {
    const [quick, slow] = [list.mark(), list.mark()];
    list.touch(a);
    list.touch(b);
    assert.equal(readAll(quick), "ab");
    assert.deepEqual(dropped, []);
    list.unmark(slow);
    assert.deepEqual(dropped, ["a", "b"]);
    list.unmark(slow);
    list.unmark(quick);
    assert.ok(list.idle);
  });

  it("stops at an end, though things change again behind it", () => {
    const mark = list.mark();
    list.touch(a);
    list.touch(b);
    const end = list.mark();
    assert.equal(list.next(mark, end), a);
    list.touch(a);
    assert.equal(list.next(mark, end), b);
    assert.equal(list.next(mark, end), null);
    assert.ok(list.isSamePlace(mark, end));
    list.unmark(end);
    assert.equal(readAll(mark), "a");
    list.unmark(mark);
  });

  it("knows two marks at one place, whatever changes after them", () => {
    list.touch(a);
    const mark = list.mark();
    const copy = list.markAt(mark);
    list.touch(b);
    const later = list.mark();
    assert.ok(list.isSamePlace(mark, copy));
    assert.ok(!list.isSamePlace(mark, later));
    assert.equal(readAll(copy), "b");
    assert.ok(!list.isSamePlace(mark, copy));
  });
});
