import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { firstRevision } from "#server/store/first-revision.js";
import { openSqliteStore } from "#server/store/sqlite-store.js";
import type { SqliteStore, SqliteStoreOptions } from "#server/store/sqlite-store.js";
import {
  ended,
  granted,
  grants,
  sampleLease,
  sampleWallMs,
  sealed,
} from "../support/store-samples.js";
import { itOnLinux, itOnPosix } from "../support/platform-only.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { describeLeaseStore } from "./store-contract.js";

const wallClock = { wallMs: () => sampleWallMs };
const makeDirectory = temporaryDirectories();

async function open(
  directory: string,
  options: Partial<SqliteStoreOptions> = {},
): Promise<SqliteStore> {
  return openSqliteStore({ directory, wallClock, ...options });
}

describeLeaseStore("SqliteStore", async () => {
  const directory = makeDirectory();
  const store = await open(directory);
  return {
    store,
    reopen: async () => {
      await store.close();
      return open(directory);
    },
  };
});

describe("SqliteStore", () => {
  let store: SqliteStore | null = null;
  afterEach(async () => {
    await store?.close();
    store = null;
  });

  it("begins to count at the microseconds since 2025, so that generations never go back (semantics 4)", async () => {
    store = await open(makeDirectory());
    const state = await store.load();
    assert.equal(state.revision, firstRevision(sampleWallMs));
    assert.equal(state.past, "new");
    assert.ok(firstRevision(Date.UTC(2300, 0, 1)) < Number.MAX_SAFE_INTEGER);
    assert.equal(firstRevision(Date.UTC(2025, 0, 1, 0, 0, 1)), 1_000_000);
  });

  it("says so when the clock cannot be right", async () => {
    store = await open(makeDirectory(), { wallClock: { wallMs: () => 0 } });
    assert.equal((await store.load()).revision, 1);
    assert.match(store.warnings.join(), /clock of this host is before 2025/);
  });

  itOnPosix("makes a directory and files that only this user can read", async () => {
    const directory = join(makeDirectory(), "a", "b");
    store = await open(directory);
    const { revision } = await store.load();
    await store.commit(grants(revision, 1));
    await store.probe();
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    const files = readdirSync(directory).toSorted();
    assert.deepEqual(files, [
      "broker.lock",
      "broker.pid",
      "portlease.db",
      "portlease.db-wal",
      "watermark",
    ]);
    for (const file of files)
      assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600, file);
  });

  itOnPosix("warns of a directory in which others may write", async () => {
    const directory = join(makeDirectory(), "open");
    mkdirSync(directory);
    // mkdir is subject to the umask.
    const { chmodSync } = await import("node:fs");
    chmodSync(directory, 0o777);
    store = await open(directory);
    assert.match(store.warnings.join(), /other users may write/);
  });

  it("refuses a second store on the directory and names the process that has it", async () => {
    const directory = makeDirectory();
    store = await open(directory);
    await assert.rejects(open(directory), {
      code: "DATA_DIRECTORY_IN_USE",
      message: new RegExp(`pid ${process.pid}`),
    });
    const { revision } = await store.load();
    await store.commit(grants(revision, 1));
  });

  it("leaves the directory to the next one when it is closed", async () => {
    const directory = makeDirectory();
    await (await open(directory)).close();
    assert.deepEqual(readdirSync(directory).toSorted(), [
      "broker.lock",
      "portlease.db",
      "watermark",
    ]);
    store = await open(directory);
    assert.equal((await store.load()).past, "known");
  });

  // Root may write anywhere, so the cases are places where nobody may.
  for (const [what, place, advice] of [
    ["that is a regular file", (base: string) => join(base, "file"), "a file is where"],
    ["under a regular file", (base: string) => join(base, "file", "data"), "a file is where"],
    [
      "in a file system that cannot be written",
      () => "/proc/portlease",
      "give this user the right",
    ],
  ] as const) {
    itOnLinux(`refuses a directory ${what}, saying what to do`, async () => {
      const base = makeDirectory();
      writeFileSync(join(base, "file"), "");
      await assert.rejects(open(place(base)), {
        code: "DATA_DIRECTORY_NOT_WRITABLE",
        message: new RegExp(`cannot be written .*; ${advice} .*, or choose another --data-dir`),
      });
    });
  }

  it("keeps history up to its limit and tells where it begins", async () => {
    store = await open(makeDirectory(), { changesRetainedMax: 10 });
    const { revision } = await store.load();
    for (let count = 0; count < 25; count++) await store.commit(grants(revision + count, 1));
    const history = await store.readChanges(0, 100);
    assert.equal(history.baseRevision, revision + 15);
    assert.deepEqual(
      history.changes.map((change) => change.revision),
      Array.from({ length: 10 }, (_, index) => revision + 16 + index),
    );
    assert.equal((await store.load()).leases.length, 25);
    const page = await store.readChanges(revision + 20, 2);
    assert.deepEqual(page.changes, [...grants(revision + 20, 1), ...grants(revision + 21, 1)]);
  });

  it("keeps request fingerprints out of history", async () => {
    store = await open(makeDirectory());
    const { revision } = await store.load();
    const lease = sampleLease(1, { request: { key: "f00d", bodyHash: "beef" } });
    await store.commit(sealed(revision, granted(lease), ended(lease, true)));
    const { changes } = await store.readChanges(revision, 10);
    assert.doesNotMatch(JSON.stringify(changes), /f00d|beef/);
    assert.deepEqual((await store.load()).ended[0]?.lease, lease);
  });

  it("survives many checkpoints of its log", async () => {
    const directory = makeDirectory();
    store = await open(directory);
    const { revision } = await store.load();
    for (let count = 0; count < 3_000; count += 300)
      await store.commit(grants(revision + count, 300));
    assert.ok(statSync(join(directory, "portlease.db")).size > 1_000_000);
    assert.equal((await store.load()).leases.length, 3_000);
  });

  it("jumps to unused generations when the watermark was removed, as for a restored backup (semantics 4)", async () => {
    const directory = makeDirectory();
    store = await open(directory);
    const { revision } = await store.load();
    await store.commit(grants(revision, 3));
    await store.close();
    rmSync(join(directory, "watermark"));
    const laterMs = sampleWallMs + 60_000;
    store = await open(directory, { wallClock: { wallMs: () => laterMs } });
    const state = await store.load();
    assert.equal(state.past, "unknown");
    assert.equal(state.revision, firstRevision(laterMs));
    assert.equal(state.leases.length, 3);
    assert.match(store.warnings.join(), /watermark file was missing/);
    await store.commit(grants(state.revision, 1));
    const again = await store.load();
    // Said once; but the unknown leases may live on, so the past stays unknown.
    assert.deepEqual([again.past, again.warnings, again.leases.length], ["unknown", [], 4]);
    assert.equal(again.unknownSinceWallMs, laterMs);
    assert.equal((await store.readChanges(0, 10)).baseRevision, firstRevision(laterMs));
  });

  it("prints the time that 60,000 leases take to load", async function () {
    this.timeout(120_000);
    const directory = makeDirectory();
    store = await open(directory);
    const { revision } = await store.load();
    for (let count = 0; count < 60_000; count += 2_000) {
      await store.commit(grants(revision + count, 2_000));
    }
    await store.close();
    const startMs = performance.now();
    store = await open(directory);
    const { leases } = await store.load();
    console.log(
      `      60,000 leases verified and loaded in ${Math.round(performance.now() - startMs)} ms`,
    );
    assert.equal(leases.length, 60_000);
  });
});
