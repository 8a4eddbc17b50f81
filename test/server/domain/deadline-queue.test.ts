import assert from "node:assert/strict";
import fc from "fast-check";
import { DeadlineQueue } from "#server/domain/deadline-queue.js";

describe("DeadlineQueue", () => {
  it("gives keys in order of deadline, and none before its time", () => {
    const queue = new DeadlineQueue<string>();
    queue.set("late", 30);
    queue.set("early", 10);
    queue.set("middle", 20);
    assert.equal(queue.nextDeadlineMs, 10);
    assert.equal(queue.popDue(9), null);
    assert.equal(queue.popDue(20), "early");
    assert.equal(queue.popDue(20), "middle");
    assert.equal(queue.popDue(20), null);
    assert.equal(queue.size, 1);
  });

  it("gives keys of one deadline in the order in which they were set", () => {
    const queue = new DeadlineQueue<string>();
    for (const key of ["a", "b", "c", "d", "e"]) queue.set(key, 10);
    queue.set("b", 10);
    const order = Array.from({ length: 5 }, () => queue.popDue(10));
    assert.deepEqual(order, ["a", "c", "d", "e", "b"]);
  });

  it("moves a key instead of keeping it twice", () => {
    const queue = new DeadlineQueue<string>();
    queue.set("a", 10);
    queue.set("b", 20);
    queue.set("a", 30);
    assert.equal(queue.deadlineOf("a"), 30);
    assert.equal(queue.popDue(100), "b");
    assert.equal(queue.popDue(100), "a");
    assert.equal(queue.popDue(100), null);
  });

  it("agrees with a naive model", () => {
    const operation = fc.record({
      kind: fc.constantFrom("set", "delete", "pop"),
      key: fc.integer({ min: 0, max: 15 }),
      time: fc.integer({ min: 0, max: 50 }),
    });
    // Of another size there would be ten at most: https://fast-check.dev/docs/configuration/larger-entries-by-default/
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200, size: "max" }), (operations) => {
        const queue = new DeadlineQueue<number>();
        const model = new Map<number, number>();
        for (const { kind, key, time } of operations) {
          if (kind === "set") {
            queue.set(key, time);
            model.set(key, time);
          } else if (kind === "delete") {
            queue.delete(key);
            model.delete(key);
          } else {
            const earliest = Math.min(...model.values());
            const popped = queue.popDue(time);
            if (earliest > time) {
              assert.equal(popped, null);
            } else {
              assert.ok(popped !== null);
              assert.equal(model.get(popped), earliest);
              model.delete(popped);
            }
          }
          assert.equal(queue.size, model.size);
          assert.equal(queue.nextDeadlineMs, model.size === 0 ? null : Math.min(...model.values()));
        }
      }),
    );
  });
});
