import assert from "node:assert/strict";
import { runClosedLoop } from "../../bench/rows/closed-loop.js";
import { measureWindow, type Target } from "../../bench/rows/window.js";

const target: Target = {
  processId: null,
  forgetLoop: () => undefined,
  loopDelayP99Ms: () => Promise.resolve(3),
};

const figures = { calls: 4, durationMs: 10, p50Ms: 1, p99Ms: 2, maxMs: 3, cpuUs: 8 };

describe("a window of the benchmark", () => {
  it("forgets what the server's loop did before, and asks for it at the end", async () => {
    const asked: string[] = [];
    const watched: Target = {
      ...target,
      forgetLoop: () => void asked.push("forget"),
      loopDelayP99Ms: () => {
        asked.push("loop");
        return Promise.resolve(7);
      },
    };
    const window = await measureWindow(watched, async (watch) => {
      watch.began();
      asked.push("load");
      watch.ended();
      return Promise.resolve(figures);
    });
    assert.deepEqual(asked, ["forget", "load", "loop"]);
    assert.equal(window.loopDelayP99Ms, 7);
    assert.equal(window.clientUsPerCall, 2);
    assert.equal(window.serverUsPerCall, null);
  });

  it("is none when the load had none", async () => {
    await assert.rejects(
      measureWindow(target, () => Promise.resolve(figures)),
      /the load had no window/,
    );
  });
});

describe("the closed loop of the benchmark", () => {
  const watch = { began: () => undefined, ended: () => undefined };
  const short = { concurrency: 3, warmUpMs: 0, measureMs: 1 };

  it("keeps so many turns under way, and none when it is done", async () => {
    let underWay = 0;
    let most = 0;
    const figuresSeen = await runClosedLoop(
      async (timed) => {
        most = Math.max(most, ++underWay);
        await timed(() => new Promise((resolve) => setImmediate(resolve)));
        underWay -= 1;
      },
      short,
      watch,
    );
    assert.deepEqual([most, underWay], [3, 0]);
    assert.ok(figuresSeen.calls > 0);
    assert.ok(figuresSeen.p50Ms <= figuresSeen.p99Ms && figuresSeen.p99Ms <= figuresSeen.maxMs);
  });

  it("fails when one call does, even if no other ends", async () => {
    let turns = 0;
    const failing = runClosedLoop(
      (timed) =>
        timed(async () => {
          turns += 1;
          await Promise.resolve();
          throw new Error("refused");
        }),
      short,
      watch,
    );
    await assert.rejects(failing, /refused/);
    assert.equal(turns, 3);
  });
});
