import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Slices } from "#server/domain/slices.js";
import { FakeClock } from "../../support/fake-clock.js";

/** A slice may have so many: each look at the clock takes longer than one may. */
const itemsOfSlice = 64;

function slowSlices(turn: () => Promise<unknown> = () => nextTurn()): Slices {
  const clock = new FakeClock();
  const monotonicMs = (): number => (clock.advance(10), clock.monotonicMs());
  return new Slices({ monotonicMs, wallMs: () => 0 }, turn);
}

describe("long work in slices", () => {
  it("does one slice in each turn, however much is under way", async () => {
    const slices = slowSlices();
    let turn = 0;
    // More than there are slices.
    const turns = (async () => {
      for (; turn < 200; turn += 1) await nextTurn();
    })();
    const visitsOfTurn = new Map<number, number>();
    const items = Array.from({ length: 4 * itemsOfSlice }, (_, index) => index);
    const visit = (): void => {
      visitsOfTurn.set(turn, (visitsOfTurn.get(turn) ?? 0) + 1);
    };
    await Promise.all(Array.from({ length: 20 }, () => slices.visit(items, visit)));
    await turns;
    const counts = [...visitsOfTurn.values()];
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      20 * items.length,
    );
    // The counter of turns may come before or after the slice of its turn.
    assert.ok(Math.max(...counts) <= 2 * itemsOfSlice, String(Math.max(...counts)));
  });

  it("goes on with the others when one of them fails", async () => {
    const slices = slowSlices();
    const items = Array.from({ length: 200 }, (_, index) => index);
    let visited = 0;
    const failing = slices.visit(items, () => {
      throw new Error("it cannot be read");
    });
    const others = [1, 2].map(() => slices.visit(items, () => void (visited += 1)));
    await assert.rejects(failing, /cannot be read/);
    await Promise.all(others);
    assert.equal(visited, 400);
  });
});
