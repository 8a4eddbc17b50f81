// When `portlease run` starts a program again.

import assert from "node:assert/strict";
import { isRestarted, RestartBackoff } from "#cli/run/restart-policy.js";

const well = { exitCode: 0, signal: null };
const failed = { exitCode: 3, signal: null };
const killed = { exitCode: 137, signal: "SIGKILL" } as const;

describe("isRestarted", () => {
  it("follows the policy", () => {
    const ends = [well, failed, killed];
    const answers = (policy: "no" | "on-failure" | "always") =>
      ends.map((end) => isRestarted(policy, end));
    assert.deepEqual(answers("no"), [false, false, false]);
    assert.deepEqual(answers("on-failure"), [false, true, true]);
    assert.deepEqual(answers("always"), [true, true, true]);
  });
});

describe("RestartBackoff", () => {
  it("waits twice as long after each quick end, and never longer than 10 s", () => {
    const backoff = new RestartBackoff();
    const waits = Array.from({ length: 10 }, () => backoff.next(9_999));
    assert.deepEqual(waits.slice(0, 4), [100, 200, 400, 800]);
    assert.deepEqual(waits.slice(6), [6_400, 10_000, 10_000, 10_000]);
    for (let end = 0; end < 2_000; end += 1) assert.equal(backoff.next(0), 10_000);
  });

  it("begins anew after a program that ran for 10 s", () => {
    const backoff = new RestartBackoff();
    backoff.next(0);
    backoff.next(0);
    assert.equal(backoff.next(10_000), 100);
    assert.equal(backoff.next(0), 200);
  });
});
