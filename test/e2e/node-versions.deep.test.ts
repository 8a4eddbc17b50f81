// The other Node versions that are supported: the quick tests pass under each, and data moves between them, though each has
// another SQLite.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { BrokerLab } from "../support/broker-lab.js";
import { fromMs } from "../support/lease-caller.js";
import { otherNodes } from "../support/other-nodes.js";
import { repositoryRoot } from "../support/repository.js";
import { recordOutput } from "../support/test-output.js";

/**
 * These look at the checkout and not at the program, or run it as a Windows program under a Node of Windows: the Node version here is
 * nothing to them.
 */
const otherTests = /^(?:architecture|docs|delivery|wine)\/|\.wine\.test\.ts$/;

/** The compiled quick tests whose sources exist. */
function quickTests(): readonly string[] {
  const sources = join(repositoryRoot, "test");
  return readdirSync(sources, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith(".test.ts") && !name.endsWith(".deep.test.ts"))
    .map(({ parentPath, name }) => relative(sources, join(parentPath, name)))
    .filter((path) => !otherTests.test(path))
    .map((path) => join(repositoryRoot, ".build", "test", path.replace(/\.ts$/, ".js")))
    .toSorted();
}

for (const { major, path, missing } of otherNodes()) {
  const title = `Node ${major}`;
  if (path === null) describe.skip(`${title} (${missing})`, () => it("passes", () => undefined));
  else describe(title, () => testsUnder(path, major));
}

function testsUnder(node: string, major: string): void {
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  it("passes the quick tests", async () => {
    const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");
    const words = [mocha, "--reporter", "dot", ...quickTests()];
    const child = spawn(node, words, { cwd: repositoryRoot, stdio: ["ignore", "pipe", "pipe"] });
    recordOutput(child, `node-${major}`);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    }
    const [exitCode] = (await once(child, "close")) as [number | null];
    assert.equal(exitCode, 0, output);
    assert.match(output, /^ {2}\d+ passing/m);
  }).timeout(600_000);

  it("serves what the other Node wrote, and the other way round", async () => {
    const own = await lab.start();
    const first = await lab.caller(own).acquire({ ttl: fromMs(600_000), requestId: "first" });
    await own.kill("SIGKILL");

    const other = await lab.restart(own, { nodePath: node });
    const caller = lab.caller(other);
    const again = await caller.acquire({ ttl: fromMs(600_000), requestId: "first" });
    assert.deepEqual([again.leaseId, again.holderKey], [first.leaseId, first.holderKey]);
    const second = await caller.acquire({ ttl: fromMs(600_000) });
    await other.kill("SIGKILL");

    const back = await lab.restart(own);
    for (const lease of [first, second]) {
      assert.equal((await lab.caller(back).renew(lease)).port, lease.port);
    }
    await back.kill("SIGTERM");
  });
}
