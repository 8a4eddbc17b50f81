// The end of the write-ahead log: what a killed process or a power loss may leave opens, what has lost acknowledged changes
// does not. The first test shows the trap: SQLite alone loses rows and calls the result sound.

import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import { dataDirectoryAt } from "#server/store/data-directory.js";
import { loadSqliteApi } from "#server/store/sqlite-api.js";
import type { SqliteDatabase } from "#server/store/sqlite-api.js";
import type { SqliteStore } from "#server/store/sqlite-store.js";
import { checkWal } from "#server/store/wal-check.js";
import { grants } from "../support/store-samples.js";
import { loadAll } from "../support/store-loader.js";
import type { LoadOutcome } from "../support/store-loader.js";
import { bytesOf, flipByte, openStore, rewrite, snapshot } from "../support/store-snapshot.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const headerBytes = 32;
const frameBytes = 24 + 4_096;
const commits = 12;

describe("the end of the write-ahead log (semantics 2)", function () {
  this.timeout(120_000);
  const makeDirectory = temporaryDirectories();
  let firstRevision: number;
  /** The files after each commit; the first one is before all. */
  let moments: string[];
  let store: SqliteStore | null = null;

  before(async () => {
    const directory = makeDirectory();
    store = await openStore(directory);
    ({ revision: firstRevision } = await store.load());
    moments = [snapshot(directory, makeDirectory())];
    for (let count = 0; count < commits; count++) {
      // Large batches, so that a transaction has many frames.
      await store.commit(grants(firstRevision + count * 40, 40));
      moments.push(snapshot(directory, makeDirectory()));
    }
  });
  after(async () => store?.close());

  function moment(index: number): string {
    return snapshot(moments.at(index) ?? assert.fail(), makeDirectory());
  }

  function walBytes(index: number): Buffer {
    return bytesOf(moments.at(index) ?? assert.fail(), "walPath");
  }

  async function load(directory: string): Promise<LoadOutcome> {
    const [outcome] = await loadAll([directory]);
    return outcome ?? assert.fail();
  }

  /** How far the store got: the number of commits it has, or the code of the refusal. */
  async function commitsIn(...directories: string[]): Promise<(number | string)[]> {
    const outcomes = await loadAll(directories);
    return outcomes.map((outcome) => outcome.refused ?? (outcome.revision - firstRevision) / 40);
  }

  it("refuses a log with a flipped byte in its middle, where SQLite alone would lose rows and call the rest sound", async () => {
    const directory = moment(-1);
    const offset = Math.floor(walBytes(-1).length / 2);
    flipByte(directory, "walPath", offset, 0x01);
    const copy = snapshot(directory, makeDirectory());
    const database = (await loadSqliteApi()).open(dataDirectoryAt(copy).databasePath);
    const sound = Object.values(database.prepare("PRAGMA integrity_check").get() as object);
    const { rows } = database.prepare("SELECT count(*) AS rows FROM changes").get() as {
      rows: number;
    };
    database.close();
    assert.deepEqual(sound, ["ok"]);
    assert.ok(rows > 0 && rows < commits * 40, `${rows} rows`);
    const outcome = await load(directory);
    assert.equal(outcome.refused, "STORE_CORRUPT");
    assert.match(outcome.message, /goes on at frame/);
    assert.match(outcome.message, /portlease store check --data-dir/);
  });

  it("opens a log that was cut anywhere in a transaction that nobody was told of", async () => {
    const [from, to] = [walBytes(-2).length, walBytes(-1).length];
    const cuts = Array.from(
      { length: 25 },
      (_, nth) => from + Math.floor(((to - from) * nth) / 25),
    );
    const copies = cuts.map((length) => {
      const directory = moment(-2);
      rewrite(directory, "walPath", () => walBytes(-1).subarray(0, length));
      return directory;
    });
    assert.deepEqual(
      await commitsIn(...copies),
      cuts.map(() => commits - 1),
    );
  });

  it("takes a whole transaction that nobody was told of as done", async () => {
    const directory = moment(-2);
    rewrite(directory, "walPath", () => walBytes(-1));
    assert.deepEqual(await commitsIn(directory), [commits]);
  });

  it("puts what it read into the database file before anybody relies on it", async () => {
    // The last transaction may be in the log, complete, but not on the disk yet.
    const directory = moment(-1);
    const opened = await openStore(directory);
    try {
      assert.equal(bytesOf(directory, "walPath").length, 0);
      const copy = snapshot(directory, makeDirectory());
      assert.deepEqual(await commitsIn(copy), [commits]);
    } finally {
      await opened.close();
    }
  });

  it("refuses a log that was cut before the end of what was acknowledged", async () => {
    const lengths = moments.map((_, index) => walBytes(index).length);
    const cuts = [0, headerBytes, ...lengths.slice(1, -1)];
    const copies = cuts.map((length) => {
      const directory = moment(-1);
      truncateSync(dataDirectoryAt(directory).walPath, length);
      return directory;
    });
    assert.deepEqual(
      await commitsIn(...copies),
      cuts.map(() => "STORE_CORRUPT"),
    );
  });

  it("opens when power loss kept any part of the unfinished last transaction", async () => {
    const from = walBytes(-2).length;
    const frames = (walBytes(-1).length - from) / frameBytes;
    assert.ok(frames > 5);
    const copies = Array.from({ length: frames }, (_, missing) => {
      const directory = moment(-2);
      rewrite(directory, "walPath", () => {
        const start = from + missing * frameBytes;
        return walBytes(-1).fill(0, start, start + frameBytes);
      });
      return directory;
    });
    assert.deepEqual(
      await commitsIn(...copies),
      copies.map(() => commits - 1),
    );
  });

  it("refuses the same loss in a transaction that was acknowledged", async () => {
    const directory = moment(-1);
    rewrite(directory, "walPath", (bytes) => bytes.fill(0, bytes.length - frameBytes));
    const evidence = bytesOf(directory, "walPath");
    for (let start = 0; start < 3; start++) {
      assert.deepEqual(await commitsIn(directory), ["STORE_CORRUPT"]);
      assert.deepEqual(bytesOf(directory, "walPath"), evidence, "the log is kept");
    }
  });

  it("refuses an unverifiable end when the watermark is gone too", async () => {
    const directory = moment(-1);
    rewrite(directory, "watermarkPath", () => Buffer.from("lost"));
    flipByte(directory, "walPath", walBytes(-1).length - frameBytes - 100, 0x01);
    const outcome = await load(directory);
    assert.equal(outcome.refused, "STORE_CORRUPT");
    assert.match(outcome.message, /cannot be verified, and the watermark is damaged/);
  });

  it("does not take for damage that frames of a longer, failed transaction lie behind a shorter one", async () => {
    // As after a transaction that ran out of space: the next one overwrites only the beginning of its frames.
    const long = await grownLog(moment(-2), 300);
    const short = await grownLog(moment(-2), 3);
    assert.ok(long.length > short.length);
    const directory = moment(-2);
    rewrite(directory, "walPath", () => Buffer.concat([short, long.subarray(short.length)]));
    const report = checkWal(dataDirectoryAt(directory).walPath);
    assert.deepEqual([report.damage, report.doubtfulEnd], [null, true]);
    assert.equal(report.recoveredFrames, (short.length - headerBytes) / frameBytes);
  });

  it("takes a log whose header is not valid for damaged, whatever the watermark says", () => {
    for (const offset of [0, 4, 8, 16, 24]) {
      const directory = moment(-1);
      flipByte(directory, "walPath", offset, 0x01);
      const report = checkWal(dataDirectoryAt(directory).walPath);
      assert.match(report.damage ?? "", /header of the write-ahead log is not valid/);
    }
  });

  it("ignores frames that an earlier round of the log left behind", async () => {
    const directory = makeDirectory();
    const reused = await openStore(directory);
    const { revision } = await reused.load();
    // Enough for a checkpoint, after which SQLite writes the log from its beginning again.
    for (let count = 0; count < 700; count++) {
      await reused.commit(grants(revision + count, 1));
    }
    const killed = snapshot(directory, makeDirectory());
    await reused.close();
    const report = checkWal(dataDirectoryAt(killed).walPath);
    const frames = (bytesOf(killed, "walPath").length - headerBytes) / frameBytes;
    assert.ok(report.recoveredFrames < frames, "the log has an old part");
    assert.deepEqual([report.damage, report.doubtfulEnd], [null, false]);
    const outcome = await load(killed);
    assert.ok(outcome.refused === null);
    assert.equal(outcome.revision, revision + 700);
  });

  it("refuses a log that was removed, and one without its database", async () => {
    const withoutLog = moment(-1);
    truncateSync(dataDirectoryAt(withoutLog).walPath, 0);
    const withoutDatabase = moment(-1);
    truncateSync(dataDirectoryAt(withoutDatabase).databasePath, 0);
    assert.deepEqual(await commitsIn(withoutLog), ["STORE_CORRUPT"]);
    const outcome = await load(withoutDatabase);
    assert.equal(outcome.refused, "STORE_CORRUPT");
    assert.match(outcome.message, /database file .* is missing or empty/);
    assert.deepEqual(bytesOf(withoutDatabase, "walPath"), walBytes(-1), "the log is left alone");
  });

  it("refuses a database that is older than its watermark, or not the same one", async () => {
    const older = moment(-1);
    rewrite(older, "databasePath", () => bytesOf(moments[3] ?? "", "databasePath"));
    rewrite(older, "walPath", () => walBytes(3));
    assert.deepEqual(await commitsIn(older), ["STORE_CORRUPT"]);
    const other = makeDirectory();
    const otherStore = await openStore(other);
    await otherStore.commit(grants(firstRevision, commits * 40));
    await otherStore.close();
    rewrite(other, "watermarkPath", () => bytesOf(moments.at(-1) ?? "", "watermarkPath"));
    const outcome = await load(other);
    assert.equal(outcome.refused, "STORE_CORRUPT");
    assert.match(outcome.message, /files are of different stores or times/);
  });

  /** The log after SQLite itself wrote one more transaction behind it. */
  async function grownLog(directory: string, rows: number): Promise<Buffer> {
    const database: SqliteDatabase = (await loadSqliteApi()).open(
      dataDirectoryAt(directory).databasePath,
    );
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA wal_autocheckpoint = 0; BEGIN");
    const insert = database.prepare("INSERT INTO entries VALUES (?, ?, '')");
    for (let row = 0; row < rows; row++) insert.run(`test/${row}`, "x".repeat(1_000));
    database.exec("COMMIT");
    const bytes = bytesOf(directory, "walPath");
    database.close();
    return bytes;
  }
});
