// "portlease store check": tells what is wrong with a data directory and what can be done, and changes nothing.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkStore } from "#server/store/check.js";
import { entryChecksum } from "#server/store/checksum.js";
import { dataDirectoryAt } from "#server/store/data-directory.js";
import { loadSqliteApi } from "#server/store/sqlite-api.js";
import {
  bytesOf,
  fill,
  flipByte,
  openStore,
  rewrite,
  snapshot,
} from "../support/store-snapshot.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

describe("checkStore()", function () {
  this.timeout(120_000);
  const makeDirectory = temporaryDirectories();
  let killed: string;
  let closed: string;

  before(async () => {
    const directory = makeDirectory();
    const store = await openStore(directory);
    await fill(store, 30);
    killed = snapshot(directory, makeDirectory());
    await store.close();
    closed = snapshot(directory, makeDirectory());
  });

  /** Names, contents and times of all files. */
  function photograph(directory: string): unknown {
    return readdirSync(directory).map((name) => {
      const path = join(directory, name);
      return [name, readFileSync(path).toString("hex"), statSync(path).mtimeMs];
    });
  }

  it("calls a sound store sound, with what is in it, and modifies nothing", async () => {
    for (const directory of [
      snapshot(killed, makeDirectory()),
      snapshot(closed, makeDirectory()),
    ]) {
      const before = photograph(directory);
      const report = await checkStore(directory);
      assert.deepEqual([report.verdict, report.findings], ["sound", []]);
      assert.equal(report.dataDirectory, directory);
      assert.equal(report.summary?.leaseCount, 20);
      assert.equal(report.summary.endedCount, 5);
      assert.equal(report.summary.blockCount, 3);
      assert.equal(report.summary.adjustmentCount, 2);
      assert.equal(report.summary.revision - report.summary.baseRevision, 46);
      assert.deepEqual(photograph(directory), before);
    }
  });

  it("leaves no copy of the secret behind", async () => {
    const copies = (): string[] =>
      readdirSync(tmpdir()).filter((name) => name.startsWith(`portlease-check-${process.pid}-`));
    const before = copies();
    await checkStore(killed);
    assert.deepEqual(copies(), before);
  });

  it("lists damage with what it means and what can be done, and still modifies nothing", async () => {
    const directory = snapshot(killed, makeDirectory());
    flipByte(directory, "walPath", Math.floor(bytesOf(directory, "walPath").length / 2), 4);
    const before = photograph(directory);
    const report = await checkStore(directory);
    assert.equal(report.verdict, "damaged");
    const messages = report.findings.map(({ message }) => message).join("\n");
    assert.match(messages, /write-ahead log is broken after frame/);
    assert.match(messages, /were acknowledged, but the store ends at/);
    for (const finding of report.findings) {
      assert.equal(finding.severity, "damage");
      assert.match(
        finding.advice ?? "",
        /^run "portlease store repair".*restore the whole directory from a backup/,
      );
    }
    assert.deepEqual(photograph(directory), before);
  });

  it("says how to go on when only the last changes are lost, and that works", async () => {
    const directory = snapshot(killed, makeDirectory());
    const { length } = bytesOf(directory, "walPath");
    rewrite(directory, "walPath", (bytes) => bytes.subarray(0, length - 10));
    const report = await checkStore(directory);
    assert.equal(report.findings.length, 1);
    assert.match(report.findings[0]?.advice ?? "", /delete the file "watermark"/);
    await assert.rejects(openStore(directory), { code: "STORE_CORRUPT" });
    rmSync(dataDirectoryAt(directory).watermarkPath);
    const store = await openStore(directory);
    assert.equal((await store.load()).past, "unknown");
    await store.close();
    assert.equal((await checkStore(directory)).verdict, "sound");
  });

  it("names the damaged entry, and counts those that can be read", async () => {
    const directory = snapshot(closed, makeDirectory());
    const database = (await loadSqliteApi()).open(dataDirectoryAt(directory).databasePath);
    database.exec(
      "UPDATE entries SET value = replace(value, 'orders', 'others') WHERE key = 'block/block-0'",
    );
    database.exec(
      "UPDATE entries SET value = value || ' ' WHERE key = (SELECT max(key) FROM entries)",
    );
    database.close();
    const report = await checkStore(directory);
    const messages = report.findings.map(({ message }) => message).join("\n");
    assert.match(messages, /the checksum of entry "lease\/\d{16}" is wrong/);
    assert.equal(report.summary?.leaseCount, 19);
  });

  it("notices an entry that is missing, or an old one that came back", async () => {
    const api = await loadSqliteApi();
    const older = `("lease/0000000000000001", "{}", "${entryChecksum("lease/0000000000000001", "{}")}")`;
    for (const sql of [
      "DELETE FROM entries WHERE key = 'block/block-0'",
      `INSERT INTO entries VALUES ${older.replaceAll('"', "'")}`,
    ]) {
      const directory = snapshot(closed, makeDirectory());
      const database = api.open(dataDirectoryAt(directory).databasePath);
      database.exec(sql);
      database.close();
      const copy = snapshot(directory, makeDirectory());
      await assert.rejects(openStore(copy), {
        code: "STORE_CORRUPT",
        message: /sound entries, but the head row vouches for/,
      });
    }
  });

  for (const column of [
    "format",
    "revision",
    "chain",
    "base_revision",
    "base_chain",
    "entry_count",
    "entry_digest",
    "broker_secret",
  ]) {
    it(`notices that the head row has another ${column}`, async () => {
      const directory = snapshot(closed, makeDirectory());
      const database = (await loadSqliteApi()).open(dataDirectoryAt(directory).databasePath);
      database.exec(
        `UPDATE head SET ${column} = replace(${column}, substr(${column}, -1), '1') || '0'`,
      );
      database.close();
      const { findings } = await checkStore(directory);
      assert.match(findings[0]?.message ?? "", /the checksum of the head row is wrong/);
    });
  }

  it("names a change that was altered, and one that is missing", async () => {
    const api = await loadSqliteApi();
    for (const [sql, message] of [
      ["UPDATE changes SET wall_ms = wall_ms + 1", /the checksum of change \d+ is wrong/],
      ["DELETE FROM changes WHERE revision % 10 = 0", /after change \d+9 comes change \d+1/],
    ] as const) {
      const directory = snapshot(closed, makeDirectory());
      const database = api.open(dataDirectoryAt(directory).databasePath);
      database.exec(sql);
      database.close();
      const report = await checkStore(directory);
      assert.match(report.findings.map((finding) => finding.message).join("\n"), message);
    }
  });

  it("warns of what the broker warns of", async () => {
    const directory = snapshot(closed, makeDirectory());
    rewrite(directory, "watermarkPath", () => Buffer.from("x"));
    const report = await checkStore(directory);
    assert.equal(report.verdict, "sound");
    assert.deepEqual(
      report.findings.map(({ severity }) => severity),
      ["warning"],
    );
  });

  it("does not look at a store that a broker has", async () => {
    const directory = makeDirectory();
    const store = await openStore(directory);
    const report = await checkStore(directory);
    assert.equal(report.verdict, "in-use");
    assert.match(report.findings[0]?.message ?? "", new RegExp(`pid ${process.pid}`));
    await store.close();
    assert.equal((await checkStore(directory)).verdict, "sound");
  });

  it("says so when there is no store, and makes none", async () => {
    const directory = makeDirectory();
    assert.equal((await checkStore(directory)).verdict, "absent");
    assert.equal((await checkStore(join(directory, "none"))).verdict, "absent");
    assert.deepEqual(readdirSync(directory), []);
  });

  it("tells a file that is no database", async () => {
    const directory = snapshot(closed, makeDirectory());
    rewrite(directory, "databasePath", (bytes) => bytes.fill(0x41));
    const report = await checkStore(directory);
    assert.equal(report.verdict, "damaged");
    assert.match(report.findings[0]?.message ?? "", /not a SQLite database/);
  });
});

describe("a store of a newer format", function () {
  this.timeout(120_000);
  const makeDirectory = temporaryDirectories();

  async function storeOfFormat(userVersion: number, headFormat: number): Promise<string> {
    const directory = makeDirectory();
    await (await openStore(directory)).close();
    const database = (await loadSqliteApi()).open(dataDirectoryAt(directory).databasePath);
    database.exec(`PRAGMA user_version = ${userVersion}; UPDATE head SET format = ${headFormat}`);
    database.exec("CREATE TABLE novelties (x)");
    database.close();
    return snapshot(directory, makeDirectory());
  }

  it("is refused by an older portlease, saying which formats it knows", async () => {
    const directory = await storeOfFormat(2, 2);
    await assert.rejects(openStore(directory), {
      code: "STORE_TOO_NEW",
      message: /has format 2, this portlease knows formats up to 1/,
    });
    assert.equal((await checkStore(directory)).verdict, "too-new");
  });

  it("is not taken for one when only one place says so: that is damage", async () => {
    for (const [version, format] of [
      [2, 1],
      [1, 2],
    ] as const) {
      const directory = await storeOfFormat(version, format);
      await assert.rejects(openStore(directory), { code: "STORE_CORRUPT" });
      assert.equal((await checkStore(directory)).verdict, "damaged");
    }
  });
});
