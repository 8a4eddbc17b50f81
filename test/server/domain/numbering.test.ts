import assert from "node:assert/strict";
import fc from "fast-check";
import { Numbering } from "#server/domain/numbering.js";

describe("Numbering", () => {
  it("finds each by its number, and nobody by another", () => {
    const numbering = new Numbering<string>();
    const [a, b] = [numbering.add("a"), numbering.add("b")];
    assert.deepEqual([numbering.find(a), numbering.find(b)], ["a", "b"]);
    assert.equal(numbering.find(a + b + 1), null);
    numbering.remove(a);
    assert.equal(numbering.find(a), null);
  });

  it("gives those that are there, also when another one takes the place of one", () => {
    const numbering = new Numbering<string>();
    const numbers = ["a", "b", "c"].map((item) => numbering.add(item));
    numbering.remove(numbers[0] ?? 0);
    numbering.replace(numbers[2] ?? 0, "d");
    assert.deepEqual([...numbering.all()], ["b", "d"]);
  });

  it("never gives one number to two at once, nor a higher one than there were at once", () => {
    const step = fc.record({ adds: fc.boolean(), which: fc.nat() });
    // Of another size there would be ten at most: https://fast-check.dev/docs/configuration/larger-entries-by-default/
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
        const numbering = new Numbering<string>();
        const model = new Map<number, string>();
        let most = 0;
        for (const [index, { adds, which }] of steps.entries()) {
          const numbers = [...model.keys()];
          const gone = numbers[which % Math.max(1, numbers.length)];
          if (adds || gone === undefined) {
            const number = numbering.add(`item ${index}`);
            assert.ok(!model.has(number), `${number} has an item`);
            model.set(number, `item ${index}`);
          } else {
            numbering.remove(gone);
            model.delete(gone);
          }
          most = Math.max(most, model.size);
          for (const [number, item] of model) assert.equal(numbering.find(number), item);
          assert.ok(Math.max(-1, ...model.keys()) < most);
        }
      }),
    );
  });
});
