// portlease doctor as a process on Linux: its verdict as exit code, its document, and how it leaves when it is interrupted.

import assert from "node:assert/strict";
import { describeOnLinux } from "../../native/support/linux-only.js";
import { finished, runCli, startCli } from "../../support/cli.js";
import { eventually } from "../../support/eventually.js";
import { assertFails } from "../../support/cli-failures.js";
import { childrenOf } from "../../support/child-processes.js";

interface DoctorDocument {
  readonly platform: string;
  readonly verdict: { readonly kind: string; readonly holds: boolean };
  readonly leftovers: readonly string[];
  readonly facts: readonly {
    readonly id: string;
    readonly result: string;
    readonly source: string;
    readonly durationMs: number;
  }[];
}

describeOnLinux("portlease doctor", () => {
  it("prints a table and the verdict, and exits with 0 where HELD works", async () => {
    const { stdout, exitCode } = await runCli(["doctor"]);
    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /^linux \S+, Node v\d+/);
    assert.match(stdout, /\nFACT +RESULT +NEEDED BY +MS +SEEN\n/);
    assert.match(stdout, /\nheld\.refuses-others +yes +held +\d+ +0\.0\.0\.0 bind: EADDRINUSE 98/);
    assert.match(stdout, /\nHELD works here: .*\n$/);
  });

  it("prints one JSON document with --json, sources included", async () => {
    const { stdout, exitCode } = await runCli(["doctor", "--json"]);
    const document = JSON.parse(stdout) as DoctorDocument;
    assert.equal(exitCode, 0);
    assert.equal(document.platform, "linux");
    assert.deepEqual(document.verdict.kind, "held");
    assert.deepEqual(document.leftovers, []);
    for (const { source, durationMs } of document.facts) {
      assert.match(source, /^https:/);
      assert.ok(durationMs >= 0);
    }
  });

  it("exits with 1 for a kind that does not work here, and says so", async () => {
    const { stdout, exitCode } = await runCli(["doctor", "--kind", "persistent"]);
    assert.equal(exitCode, 1);
    assert.match(stdout, /Blocks of kind PERSISTENT do not exist on this platform; it has: held/);
  });

  it("refuses a kind that there is not", async () => {
    assertFails(await runCli(["doctor", "--kind", "hold"]), 2, /persistent/);
  });

  it("cleans up when it is interrupted, and leaves as a signal does", async () => {
    const doctor = startCli(["doctor", "--json"]);
    const result = finished(doctor);
    // The other process has started: facts are being tried.
    let helpers: readonly number[] = [];
    await eventually("the doctor's other process", () => {
      helpers = childrenOf(doctor.pid ?? 0);
      return helpers.length > 0;
    });
    doctor.kill("SIGINT");
    const { exitCode, stdout } = await result;
    assert.equal(exitCode, 130);
    const { verdict, facts, leftovers } = JSON.parse(stdout) as DoctorDocument;
    assert.equal(verdict.holds, false);
    assert.deepEqual(leftovers, []);
    assert.ok(facts.some(({ result: found }) => found === "skipped"));
    for (const processId of helpers) assert.throws(() => process.kill(processId, 0));
  });
});
