// `portlease top` where nobody looks on, and where there is no broker.

import assert from "node:assert/strict";
import { runInProcess } from "../../../support/cli-in-process.js";
import { startPageBroker } from "../../../support/cli-page-broker.js";
import { type FakeBroker } from "../../../support/fake-broker.js";

describe("portlease top, once", () => {
  let broker: FakeBroker;
  before(async () => (broker = await startPageBroker()));
  after(() => broker.stop());

  const run = (...words: readonly string[]) =>
    runInProcess(["top", ...words, "--address", broker.address]);

  it("prints a frame as plain text where stdout is no terminal, as with --once", async () => {
    const [piped, once] = [await run(), await run("--once")];
    assert.equal(piped.exitCode, 0);
    assert.match(
      piped.stdout,
      /^db1 .*live\nStranger on a leased port [^]*LEASES {2}2, by time left\n/,
    );
    assert.match(piped.stdout, /^[ -~\n]*$/);
    assert.equal(once.stdout, piped.stdout);
  });

  it("has the order that was asked for", async () => {
    const { stdout } = await run("--sort", "service");
    assert.match(stdout, /by service\n/);
  });

  it("is one document with --json", async () => {
    const { stdout, exitCode } = await run("--json");
    const document = JSON.parse(stdout) as Record<string, readonly unknown[]>;
    assert.deepEqual(Object.keys(document), ["broker", "pools", "blocks", "leases"]);
    assert.deepEqual([document["leases"]?.length, exitCode], [2, 0]);
  });

  it("refuses an interval that the broker does not have", async () => {
    const { stderr, exitCode } = await run("--every", "2h");
    assert.equal(exitCode, 2);
    assert.match(stderr, /100ms to 1m/);
  });

  it("says that no broker is there as every command does", async () => {
    const nowhere = ["--address", "127.0.0.1:1"];
    const [top, ls] = [
      await runInProcess(["top", ...nowhere]),
      await runInProcess(["ls", ...nowhere]),
    ];
    assert.deepEqual([top.exitCode, top.stderr], [3, ls.stderr]);
  });
});
