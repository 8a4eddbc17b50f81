// scripts/smoke.mjs, which runs on real Windows in CI, run here on HELD ports: it passes where the promise holds, and fails
// where there is no such promise to be had.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";

function smoke(...args: readonly string[]) {
  const script = join(repositoryRoot, "scripts", "smoke.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
  });
  return { exitCode: status ?? 1, output: stdout + stderr };
}

describe("scripts/smoke.mjs", function () {
  this.timeout(120_000);

  it("sees that a program without a lease is refused", () => {
    const { exitCode, output } = smoke("--kind", "held");
    assert.equal(exitCode, 0, output);
    assert.match(output, /ok: held refuses a program without a lease with EADDRINUSE/);
  });

  it("fails where the kind cannot be had", () => {
    const { exitCode, output } = smoke("--kind", "persistent");
    assert.equal(exitCode, 1);
    assert.match(output, /the broker ended before it was ready/);
  });

  it("fails on a kind that refuses nobody", () => {
    const { exitCode, output } = smoke("--kind", "administered");
    assert.equal(exitCode, 1);
    assert.match(output, /--kind must be one of/);
  });
});
