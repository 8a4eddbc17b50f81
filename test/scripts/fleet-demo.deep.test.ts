// npm run fleet:demo, with etcd and without: it shows what it says, and leaves nothing, however it is ended.

import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { describeWithEtcd } from "../support/etcd-program.js";
import { eventually } from "../support/eventually.js";
import { repositoryRoot } from "../support/repository.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { recordOutput } from "../support/test-output.js";

/** Six programs start one after the other, and a build comes before. */
const startedWithinMs = 240_000;

interface Demo {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly folder: string;
  output: string;
}

describe("npm run fleet:demo", function () {
  this.timeout(300_000);
  const newDirectory = temporaryDirectories();
  let demo: Demo | null = null;

  function start(...args: readonly string[]): Demo {
    const folder = newDirectory();
    const script = join(repositoryRoot, "scripts", "fleet-demo.mjs");
    const child = spawn(process.execPath, [script, ...args], {
      // A group of its own, as a terminal makes one.
      detached: true,
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    recordOutput(child, "fleet:demo");
    const started: Demo = { child, folder, output: "" };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (started.output += text));
    }
    demo = started;
    return started;
  }

  /** Only what a failed test left. */
  afterEach(() => {
    const { child } = demo ?? {};
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, "SIGKILL");
    }
  });

  async function shown(running: Demo): Promise<string> {
    return eventually(
      "the demo has begun",
      () => {
        if (running.child.exitCode !== null) assert.fail(running.output);
        const page = /^dashboard: (http:\S+)$/m.exec(running.output)?.[1];
        return running.output.includes("Ctrl+C ends everything") && page !== undefined
          ? page
          : null;
      },
      { withinMs: startedWithinMs },
    );
  }

  async function assertShowsFleet(page: string): Promise<void> {
    const dashboard = await fetch(page, { headers: { connection: "close" } });
    assert.equal(dashboard.status, 200);
    assert.match(await dashboard.text(), /<html/);
    const answer = await fetch(`${page}portlease.v1.FleetService/GetFleet`, {
      method: "POST",
      headers: { "content-type": "application/json", connection: "close" },
      body: "{}",
    });
    const fleet = (await answer.json()) as { hostsHeardFrom: number; leases: number };
    assert.equal(fleet.hostsHeardFrom, 5);
    assert.ok(fleet.leases > 0);
  }

  async function assertLeavesNothing({ child, folder, output }: Demo): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    assert.equal(child.exitCode, 0, output);
    assert.deepEqual(readdirSync(folder), []);
    const processIds = [...output.matchAll(/process (\d+)/g)].map(([, text]) => Number(text));
    assert.equal(processIds.length, 5);
    // No process of the group is there any more: those that it started are in it.
    assert.throws(() => process.kill(-(child.pid ?? 0), 0), { code: "ESRCH" });
  }

  it("shows five hosts without etcd, and ends by itself after the time it was told", async () => {
    const running = start("--without-etcd", "--seconds", "5");
    const page = await shown(running);
    await assertShowsFleet(page);
    await assertLeavesNothing(running);
    assert.match(running.output, /the fleet server asks each broker/);
  });

  describeWithEtcd("with etcd", () => {
    it("shows five hosts, and ends with Ctrl+C", async () => {
      const running = start();
      const page = await shown(running);
      assert.match(running.output, /the brokers publish to it/);
      await assertShowsFleet(page);
      process.kill(-(running.child.pid ?? 0), "SIGINT");
      await assertLeavesNothing(running);
    });
  });

  it("refuses a time that is none", async () => {
    const running = start("--seconds", "soon");
    await once(running.child, "exit");
    assert.equal(running.child.exitCode, 2);
    assert.match(running.output, /--seconds soon: it must be a number/);
  });
});
