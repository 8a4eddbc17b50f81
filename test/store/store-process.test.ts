// The store among processes: one broker per data directory, however the one before it ended.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "#server/store/sqlite-store.js";
import type { HolderMessage, HolderRequest } from "../support/store-holder.js";
import { grants, sampleWallMs } from "../support/store-samples.js";
import { openStore } from "../support/store-snapshot.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const holderPath = fileURLToPath(new URL("../support/store-holder.js", import.meta.url));

describe("the store among processes (semantics 2: one broker per data directory)", function () {
  this.timeout(120_000);
  const makeDirectory = temporaryDirectories();
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) await kill(child);
  });

  async function startHolder(
    directory: string,
  ): Promise<{ child: ChildProcess; first: HolderMessage }> {
    const child = fork(holderPath, [directory]);
    children.push(child);
    const [first] = (await once(child, "message")) as [HolderMessage];
    return { child, first };
  }

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  function ask(child: ChildProcess, request: HolderRequest): void {
    child.send(request);
  }

  it("refuses a directory that another process has, naming it", async () => {
    const directory = makeDirectory();
    const { child } = await startHolder(directory);
    await assert.rejects(openStore(directory), {
      code: "DATA_DIRECTORY_IN_USE",
      message: new RegExp(`another broker \\(pid ${child.pid}\\).*stop the other one`),
    });
  });

  it("is refused in another process while this one has the directory", async () => {
    const directory = makeDirectory();
    const store = await openStore(directory);
    const { first } = await startHolder(directory);
    assert.ok("refused" in first);
    assert.equal(first.refused, "DATA_DIRECTORY_IN_USE");
    await store.close();
  });

  it("keeps the directory while it is read again", async () => {
    const directory = makeDirectory();
    const { child } = await startHolder(directory);
    for (let round = 0; round < 3; round++) {
      ask(child, "load");
      await assert.rejects(openStore(directory), { code: "DATA_DIRECTORY_IN_USE" });
    }
  });

  it("lets exactly one of several brokers that start at once have the directory", async () => {
    const directory = makeDirectory();
    const holders = await Promise.all([1, 2, 3, 4].map(async () => startHolder(directory)));
    const refusals = holders.flatMap(({ first }) => ("refused" in first ? [first.refused] : []));
    assert.deepEqual(refusals, Array(3).fill("DATA_DIRECTORY_IN_USE"));
  });

  it("has everything acknowledged after kill -9, and the directory is free at once", async () => {
    const directory = makeDirectory();
    for (let round = 0; round < 4; round++) {
      const { child, first } = await startHolder(directory);
      assert.ok("opened" in first);
      ask(child, { commits: 10_000 });
      let acknowledged = 0;
      for await (const [message] of on(child, "message") as AsyncIterable<[HolderMessage]>) {
        if ("acknowledged" in message) acknowledged = message.acknowledged;
        if (acknowledged >= first.opened + 50 * (round + 1)) break;
      }
      await kill(child);
      const store = await openSqliteStore({ directory, wallClock: { wallMs: () => sampleWallMs } });
      const state = await store.load();
      assert.ok(state.revision >= acknowledged, `${state.revision} < ${acknowledged}`);
      assert.equal(state.past, "known");
      assert.deepEqual(state.warnings, []);
      const generations = new Set(state.leases.map(({ generation }) => generation));
      for (let revision = first.opened + 1; revision <= acknowledged; revision++) {
        assert.ok(generations.has(revision), `lease ${revision} is lost`);
      }
      await store.commit(grants(state.revision, 1));
      await store.close();
    }
  });
});
