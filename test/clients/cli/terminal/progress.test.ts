// What people are told while something takes long.

import assert from "node:assert/strict";
import { control } from "#cli/terminal/control.js";
import { withProgress, type ProgressWorld } from "#cli/terminal/progress.js";

class FakeWorld implements ProgressWorld {
  readonly environment = {};
  readonly stream: { isTTY: boolean; columns: number; write: (text: string) => void };
  written = "";
  nowMs = 0;
  ticks: (() => void) | null = null;

  constructor(isTTY: boolean) {
    this.stream = { isTTY, columns: 40, write: (text) => (this.written += text) };
  }

  now(): number {
    return this.nowMs;
  }

  every(_intervalMs: number, call: () => void): () => void {
    this.ticks = call;
    return () => (this.ticks = null);
  }

  at(nowMs: number): void {
    this.nowMs = nowMs;
    this.ticks?.();
  }
}

describe("withProgress", () => {
  it("says nothing within a second, then what it waits for and how long, and clears it at the end", async () => {
    const world = new FakeWorld(true);
    const answer = await withProgress(
      "an answer",
      () => {
        world.at(900);
        assert.equal(world.written, "");
        world.at(1_100);
        world.at(2_100);
        return Promise.resolve(7);
      },
      world,
    );
    assert.equal(answer, 7);
    assert.equal(
      world.written,
      `${control.clearLine}waiting 1 s for an answer${control.clearLine}waiting 2 s for an answer${control.clearLine}`,
    );
    assert.equal(world.ticks, null);
  });

  it("asks again what it waits for, and cuts it to the line", async () => {
    const world = new FakeWorld(true);
    let place = 2;
    const what = (): string => `place ${(place -= 1)} ${"x".repeat(50)}`;
    await withProgress(what, () => Promise.resolve(world.at(3_000)), world);
    const [, line = ""] = world.written.split(control.clearLine);
    assert.match(line, /^waiting 3 s for place 1 x+…$/);
    assert.equal(line.length, 39);
  });

  it("clears it when the work fails, too, and passes the failure on", async () => {
    const world = new FakeWorld(true);
    const work = (): Promise<never> => {
      world.at(5_000);
      return Promise.reject(new Error("no"));
    };
    await assert.rejects(withProgress("it", work, world), /no/);
    assert.ok(world.written.endsWith(control.clearLine));
    assert.equal(process.listenerCount("SIGINT"), 0);
  });

  it("shows nothing where nobody looks", async () => {
    const world = new FakeWorld(false);
    await withProgress("it", () => Promise.resolve(world.at(9_000)), world);
    assert.equal(world.written, "");
  });
});
