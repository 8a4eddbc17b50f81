import assert from "node:assert/strict";
import fc from "fast-check";
import { NumberedDeadlines } from "#server/domain/numbered-deadlines.js";

interface Deadline {
  readonly atMs: number;
  readonly order: number;
}

/** The one that is due first, by looking at all. */
function firstOf(model: ReadonlyMap<number, Deadline>): number | null {
  const sorted = [...model].toSorted(
    ([, a], [, b]) => (a.atMs === b.atMs ? 0 : a.atMs - b.atMs) || a.order - b.order,
  );
  return sorted[0]?.[0] ?? null;
}

describe("NumberedDeadlines", () => {
  it("gives numbers in order of deadline, and none before its time", () => {
    const deadlines = new NumberedDeadlines();
    deadlines.set(7, 30);
    deadlines.set(0, 10);
    deadlines.set(3, 20);
    assert.equal(deadlines.nextDeadlineMs, 10);
    assert.equal(deadlines.popDue(9), null);
    assert.deepEqual([deadlines.popDue(20), deadlines.popDue(20)], [0, 3]);
    assert.equal(deadlines.popDue(20), null);
    assert.equal(deadlines.size, 1);
  });

  it("gives numbers of one deadline in the order in which they were set, also when that is never", () => {
    for (const atMs of [10, Infinity, -Infinity]) {
      const deadlines = new NumberedDeadlines();
      for (const number of [4, 1, 3, 0, 2]) deadlines.set(number, atMs);
      deadlines.set(1, atMs);
      const order = Array.from({ length: 5 }, () => deadlines.popDue(Infinity));
      assert.deepEqual(order, [4, 3, 0, 2, 1]);
    }
  });

  it("knows nothing of numbers that were never set, however high", () => {
    const deadlines = new NumberedDeadlines();
    deadlines.delete(1_000_000);
    assert.equal(deadlines.deadlineOf(1_000_000), null);
    assert.equal(deadlines.nextDeadlineMs, null);
    assert.equal(deadlines.popDue(Infinity), null);
  });

  it("has room for more numbers at any time", () => {
    const deadlines = new NumberedDeadlines();
    for (let number = 0; number < 1_000; number += 1) deadlines.set(number, 1_000 - number);
    deadlines.set(50_000, 0.5);
    const popped = Array.from({ length: 1_001 }, () => deadlines.popDue(Infinity));
    const rising = Array.from({ length: 1_000 }, (_, index) => 999 - index);
    assert.deepEqual(popped, [50_000, ...rising]);
  });

  it("still knows in which order numbers were set when it has made room for more", () => {
    const deadlines = new NumberedDeadlines();
    const numbers = Array.from({ length: 1_000 }, (_, number) => number);
    for (const number of numbers) deadlines.set(number, 10);
    const popped = numbers.map(() => deadlines.popDue(10));
    assert.deepEqual(popped, numbers);
  });

  it("agrees with a naive model", () => {
    const operation = fc.record({
      kind: fc.constantFrom("set", "set", "delete", "pop"),
      number: fc.integer({ min: 0, max: 40 }),
      time: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(Infinity, 0.25)),
    });
    // Of another size there would be ten at most: https://fast-check.dev/docs/configuration/larger-entries-by-default/
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300, size: "max" }), (operations) => {
        const deadlines = new NumberedDeadlines();
        const model = new Map<number, Deadline>();
        for (const [order, { kind, number, time }] of operations.entries()) {
          if (kind === "set") {
            deadlines.set(number, time);
            model.set(number, { atMs: time, order });
          } else if (kind === "delete") {
            deadlines.delete(number);
            model.delete(number);
          } else {
            const first = firstOf(model);
            const due = first !== null && (model.get(first)?.atMs ?? 0) <= time ? first : null;
            assert.equal(deadlines.popDue(time), due);
            if (due !== null) model.delete(due);
          }
          const first = firstOf(model);
          assert.equal(deadlines.size, model.size);
          assert.equal(
            deadlines.nextDeadlineMs,
            first === null ? null : (model.get(first)?.atMs ?? null),
          );
          assert.equal(deadlines.deadlineOf(number), model.get(number)?.atMs ?? null);
        }
      }),
    );
  });
});
