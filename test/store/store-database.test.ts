// The open store when SQLite fails under it: a failed commit leaves what is really on disk, and nothing is written after it.

import assert from "node:assert/strict";
import { dataDirectoryAt } from "#server/store/data-directory.js";
import { encodeChange } from "#server/store/record.js";
import { loadSqliteApi } from "#server/store/sqlite-api.js";
import type { SqliteApi, SqliteDatabase, SqliteStatement } from "#server/store/sqlite-api.js";
import { StoreDatabase } from "#server/store/store-database.js";
import type { EncodedBatch } from "#server/store/commit-writer.js";
import { granted, sampleLease, sampleWallMs } from "../support/store-samples.js";
import { loadAll } from "../support/store-loader.js";
import { snapshot } from "../support/store-snapshot.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

/** The result codes that SQLite reports, https://www.sqlite.org/rescode.html */
const [resultIoError, resultFull] = [10, 13];

const retention = { countMax: 100, ageMaxMs: Infinity };

describe("StoreDatabase", () => {
  const makeDirectory = temporaryDirectories();

  for (const [what, result, code] of [
    ["the disk is full", resultFull, "DISK_FULL"],
    ["the disk fails", resultIoError, "STORE_FAILED"],
  ] as const) {
    for (const landed of [false, true]) {
      it(`tells ${code} when ${what} ${landed ? "after" : "before"} a commit landed, and does nothing until it is read again (semantics 1)`, async () => {
        const faults = new FaultyCommits(await loadSqliteApi());
        const directory = makeDirectory();
        const database = new StoreDatabase(faults.api, dataDirectoryAt(directory), retention);
        const { revision } = database.load(sampleWallMs);
        database.commit(batch(revision + 1));
        faults.next = { result, landed };
        assert.throws(() => database.commit(batch(revision + 2)), { code });
        assert.throws(() => database.commit(batch(revision + 2)), {
          code: "STORE_FAILED",
          message: /it must be loaded first/,
        });
        const [outcome] = await loadAll([snapshot(directory, makeDirectory())]);
        assert.ok(outcome?.refused === null);
        assert.equal(outcome.revision, revision + (landed ? 2 : 1));
        database.close();
      });
    }
  }

  it("stays with what SQLite promises to sync", async () => {
    const api = await loadSqliteApi();
    const opened: SqliteDatabase[] = [];
    const watching: SqliteApi = {
      ...api,
      open: (path) => {
        const database = api.open(path);
        opened.push(database);
        return database;
      },
    };
    const database = new StoreDatabase(watching, dataDirectoryAt(makeDirectory()), retention);
    database.load(sampleWallMs);
    const pragma = (name: string): unknown =>
      Object.values(opened[0]?.prepare(`PRAGMA ${name}`).get() as object)[0];
    assert.deepEqual(
      ["journal_mode", "synchronous", "locking_mode", "cache_spill", "fullfsync"].map(pragma),
      ["wal", 2, "exclusive", 0, 1],
    );
    database.close();
  });
});

function batch(revision: number): EncodedBatch {
  const { body, writes } = encodeChange(granted(sampleLease(revision)));
  return {
    firstRevision: revision,
    wallMs: [sampleWallMs],
    bodies: [body],
    keys: writes.map(({ key }) => key),
    values: writes.map(({ value }) => value),
  };
}

/** SQLite, but a COMMIT can be made to fail, before or after it is done. */
class FaultyCommits {
  next: { readonly result: number; readonly landed: boolean } | null = null;
  readonly api: SqliteApi;

  constructor(real: SqliteApi) {
    this.api = { ...real, open: (path) => this.#wrap(real.open(path)) };
  }

  #wrap(database: SqliteDatabase): SqliteDatabase {
    return {
      exec: (sql) => database.exec(sql),
      close: () => database.close(),
      prepare: (sql) => {
        const statement = database.prepare(sql);
        return sql === "COMMIT" ? this.#wrapCommit(statement) : statement;
      },
    };
  }

  #wrapCommit(statement: SqliteStatement): SqliteStatement {
    return {
      get: (...values) => statement.get(...values),
      all: (...values) => statement.all(...values),
      iterate: (...values) => statement.iterate(...values),
      run: () => {
        const fault = this.next;
        this.next = null;
        if (fault?.landed !== false) statement.run();
        if (fault !== null) throw Object.assign(new Error("scripted"), { errcode: fault.result });
      },
    };
  }
}
