// The log is copied into the database file while nobody asks for anything: later commits then go over the beginning of the log,
// which is cheaper than making it longer, and a start after a kill has little to read.

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { dataDirectoryAt } from "#server/store/data-directory.js";
import { openSqliteStore, type SqliteStore } from "#server/store/sqlite-store.js";
import { checkWal } from "#server/store/wal-check.js";
import { eventually } from "../support/eventually.js";
import { loadAll } from "../support/store-loader.js";
import { grants, sampleWallMs } from "../support/store-samples.js";
import { bytesOf, openStore, snapshot } from "../support/store-snapshot.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const wallClock = { wallMs: () => sampleWallMs };
/** Enough to be worth copying, in one commit: it is quiet only after all of them. */
const many = 100;

describe("The write-ahead log in quiet", function () {
  this.timeout(60_000);
  const makeDirectory = temporaryDirectories();
  let directory: string;
  let store: SqliteStore | null = null;

  beforeEach(() => {
    directory = makeDirectory();
  });

  afterEach(async () => {
    await store?.close();
    store = null;
  });

  /** The last revision in the database file alone, without its log; `null` when that is not all that was acknowledged. */
  async function revisionWithoutLog(): Promise<number | null> {
    const copy = snapshot(directory, makeDirectory());
    rmSync(dataDirectoryAt(copy).walPath);
    const [outcome] = await loadAll([copy]);
    return outcome?.refused === null ? outcome.revision : null;
  }

  it("is copied, and the next commits go over its beginning", async () => {
    store = await openSqliteStore({ directory, wallClock, quietMs: 1 });
    const first = (await store.load()).revision;
    await store.commit(grants(first, many));
    const revision = first + many;
    await eventually("the log is copied", async () => (await revisionWithoutLog()) === revision);
    const { length } = bytesOf(directory, "walPath");
    const before = checkWal(dataDirectoryAt(directory).walPath).recoveredFrames;
    await store.commit(grants(revision, 1));
    const report = checkWal(dataDirectoryAt(directory).walPath);
    assert.ok(report.recoveredFrames < before, `${report.recoveredFrames} of ${before} frames`);
    assert.equal(bytesOf(directory, "walPath").length, length);
    assert.deepEqual([report.damage, report.doubtfulEnd], [null, false]);
  });

  it("loses nothing that was acknowledged before or after it, when the broker is killed", async () => {
    store = await openSqliteStore({ directory, wallClock, quietMs: 1 });
    const first = (await store.load()).revision;
    await store.commit(grants(first, many));
    const copied = first + many;
    await eventually("the log is copied", async () => (await revisionWithoutLog()) === copied);
    for (const revision of [copied, copied + 1]) await store.commit(grants(revision, 1));
    const outcomes = await loadAll([snapshot(directory, makeDirectory())]);
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.refused === null ? outcome.revision : outcome)),
      [copied + 2],
    );
  });

  it("is left alone until it is quiet, and for little that is in it", async () => {
    store = await openStore(directory);
    await store.commit(grants((await store.load()).revision, many));
    assert.equal(await revisionWithoutLog(), null);
    await store.close();
    store = await openSqliteStore({ directory, wallClock, quietMs: 1 });
    const { revision } = await store.load();
    await store.commit(grants(revision, 1));
    // A round trip through the thread for each: its timer had its turns.
    for (let nth = 0; nth < many; nth++) await store.readChanges(revision, 1);
    assert.equal(await revisionWithoutLog(), null);
  });
});
