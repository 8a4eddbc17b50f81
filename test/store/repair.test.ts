// "portlease store repair": whatever is damaged, the result opens, has no lease that was not there, and lacks as few as can be.

import assert from "node:assert/strict";
import {
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { Change } from "#server/domain/records.js";
import { checkStore } from "#server/store/check.js";
import { dataDirectoryAt } from "#server/store/data-directory.js";
import { firstRevision } from "#server/store/first-revision.js";
import { repairStore } from "#server/store/repair.js";
import { openSqliteStore } from "#server/store/sqlite-store.js";
import { replacingMark } from "#server/store/watermark.js";
import {
  assertNothingInvented,
  difference,
  knownPast,
  labBlock,
  repairFlips,
  repaired,
  repairWallMs,
} from "../support/repair-lab.js";
import { itOnPosix } from "../support/platform-only.js";
import type { KnownPast } from "../support/repair-lab.js";
import { granted, grants, sampleLease, sampleWallMs, sealed } from "../support/store-samples.js";
import { bytesOf, flipByte, openStore, rewrite, snapshot } from "../support/store-snapshot.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

/** Of each file; repair.deep.test.ts has more. */
const flips = 3;
const nothing = { missing: 0, revived: 0, requestsLost: 0 };

describe("repairStore()", function () {
  this.timeout(120_000);
  const makeDirectory = temporaryDirectories();
  let past: KnownPast;

  before(async () => {
    past = await knownPast(60, makeDirectory);
  });

  async function isDamaged(directory: string): Promise<boolean> {
    return (await checkStore(directory)).verdict === "damaged";
  }

  for (const [where, source, name] of [
    ["the database of a killed broker", () => past.killed, "databasePath"],
    ["the log of a killed broker", () => past.killed, "walPath"],
    ["the database of a closed broker", () => past.closed, "databasePath"],
  ] as const) {
    it(`loses nothing of one flipped byte in ${where}`, async () => {
      const total = await repairFlips(past, source(), name, flips, makeDirectory);
      assert.ok(total.repairs > 0);
      assert.deepEqual({ ...total, repairs: 0 }, { ...nothing, repairs: 0 });
    });
  }

  it("saves what a log with a broken header holds", async () => {
    for (const offset of [1, 25]) {
      const directory = snapshot(past.killed, makeDirectory());
      flipByte(directory, "walPath", offset, 0xff);
      assert.ok(await isDamaged(directory));
      const result = await repaired(directory);
      assertNothingInvented(past, result);
      assert.deepEqual(difference(past, result), nothing);
      assert.deepEqual(result.report.summary?.losses, []);
    }
  });

  it("takes nothing from the rests of a transaction that failed", async () => {
    const directory = makeDirectory();
    const store = await openStore(directory);
    const { revision: first } = await store.load();
    await store.commit(sealed(first, { type: "block_changed", block: labBlock }));
    await store.commit(grants(first + 1, 60));
    const { revision, leases } = await store.load();
    const before = snapshot(directory, makeDirectory());
    // Never acknowledged; then a shorter one was written over its beginning.
    const failed = leases.map((lease): Change => {
      return { type: "lease_ttl_changed", lease: { ...lease, ttlMs: 90_000 } };
    });
    await store.commit(sealed(revision, ...failed));
    const longer = bytesOf(directory, "walPath");
    await store.close();
    const other = await openStore(before);
    await other.commit(sealed(revision, granted(sampleLease(revision + 1))));
    const shorter = bytesOf(before, "walPath");
    const files = snapshot(before, makeDirectory());
    await other.close();
    const rest = Buffer.from(longer.subarray(shorter.length));
    for (let at = 0; at < rest.length; at += 24 + 4_096) shorter.copy(rest, at + 8, 16, 24);
    rewrite(files, "walPath", () => Buffer.concat([shorter, rest]));
    await repairStore(files, { write: true, force: true, nowWallMs: repairWallMs });
    const opened = await openStore(files);
    const state = await opened.load();
    await opened.close();
    assert.equal(state.leases.length, 61);
    assert.deepEqual(new Set(state.leases.map(({ ttlMs }) => ttlMs)), new Set([30_000]));
  });

  it("makes do with what a cut log has, and says which changes are lost", async () => {
    for (const share of [0.3, 0.95]) {
      const directory = snapshot(past.killed, makeDirectory());
      const { length } = bytesOf(directory, "walPath");
      rewrite(directory, "walPath", (bytes) => bytes.subarray(0, Math.floor(length * share)));
      const result = await repaired(directory);
      assertNothingInvented(past, result);
      const last = past.state.revision;
      const told = result.report.summary?.losses.join("\n") ?? "";
      assert.match(told, new RegExp(`changes? (?:\\d+ to )?${last} (?:is|are) lost`));
    }
  });

  it("saves what is left when pages are torn to zeros", async () => {
    const { length } = bytesOf(past.closed, "databasePath");
    for (let page = 0; page * 4_096 < length; page += 11) {
      const directory = snapshot(past.closed, makeDirectory());
      rewrite(directory, "databasePath", (bytes) =>
        bytes.fill(0, page * 4_096 + 2_048, (page + 1) * 4_096),
      );
      if (!(await isDamaged(directory))) continue;
      assertNothingInvented(past, await repaired(directory));
    }
  });

  it("keeps the holder keys when only the head row is damaged", async () => {
    const directory = snapshot(past.closed, makeDirectory());
    const secret = Buffer.from(past.state.brokerSecret).toString("hex");
    const offset = bytesOf(directory, "databasePath").indexOf(secret);
    assert.ok(offset > 0);
    flipByte(directory, "databasePath", offset + 7, 0x01);
    const result = await repaired(directory);
    assert.deepEqual(result.state.brokerSecret, past.state.brokerSecret);
    assert.deepEqual(result.report.summary?.losses, []);
  });

  it("says that all holder keys are dead when nothing proves the secret", async () => {
    const directory = snapshot(past.closed, makeDirectory());
    const secret = Buffer.from(past.state.brokerSecret).toString("hex");
    const offset = bytesOf(directory, "databasePath").indexOf(secret);
    for (const at of [3, 30]) flipByte(directory, "databasePath", offset + at, 0x01);
    const { report, state } = await repaired(directory);
    assert.notDeepEqual(state.brokerSecret, past.state.brokerSecret);
    assert.equal(report.summary?.secretKept, false);
    assert.match(report.summary.losses.join("\n"), /no holder key works any more/);
    assert.equal(state.leases.length, past.state.leases.length);
  });

  it("goes on above the time-derived floor, and lets every port without a lease rest", async () => {
    const directory = snapshot(past.killed, makeDirectory());
    rmSync(dataDirectoryAt(directory).databasePath);
    const { report, state } = await repaired(directory);
    assert.ok((report.summary?.revision ?? 0) >= firstRevision(repairWallMs));
    assert.equal(state.past, "unknown");
  });

  it("does not forget the unknown past when the broker is restarted (semantics 4)", async () => {
    const directory = snapshot(past.killed, makeDirectory());
    flipByte(directory, "walPath", 60_000, 0xff);
    const { state } = await repaired(directory);
    const since = state.unknownSinceWallMs;
    const day = 86_400_000;
    for (const [laterMs, expected] of [
      [1_000, "unknown"],
      [29 * day, "unknown"],
      [31 * day, "known"],
    ] as const) {
      const wallClock = { wallMs: () => sampleWallMs + laterMs };
      const store = await openSqliteStore({ directory, wallClock });
      const again = await store.load();
      await store.close();
      assert.equal(again.past, expected, `after ${laterMs} ms`);
      assert.equal(again.unknownSinceWallMs, expected === "unknown" ? since : null);
    }
    assert.ok(!existsSync(dataDirectoryAt(directory).unknownPastPath));
  });

  it("counts the unknown past from now on where its file is damaged", async () => {
    const directory = snapshot(past.killed, makeDirectory());
    flipByte(directory, "walPath", 60_000, 0xff);
    await repaired(directory);
    writeFileSync(dataDirectoryAt(directory).unknownPastPath, "nonsense");
    const wallClock = { wallMs: () => sampleWallMs + 7_000 };
    const store = await openSqliteStore({ directory, wallClock });
    const { unknownSinceWallMs } = await store.load();
    await store.close();
    assert.equal(unknownSinceWallMs, sampleWallMs + 7_000);
  });

  it("makes an empty store with an unknown past when nothing can be saved", async () => {
    const directory = snapshot(past.closed, makeDirectory());
    rewrite(directory, "databasePath", (bytes) => bytes.fill(0x41));
    const { report, state } = await repaired(directory);
    assert.deepEqual([state.leases.length, state.blocks.length, state.past], [0, 0, "unknown"]);
    assert.ok(state.revision > past.state.revision);
    assert.match(report.summary?.losses.join("\n") ?? "", /changes \d+ to \d+ are lost|is lost/);
  });

  it("changes nothing until it is told to write", async () => {
    const directory = snapshot(past.killed, makeDirectory());
    flipByte(directory, "walPath", 60_000, 0xff);
    const before = photograph(directory);
    const options = { write: false, force: false, nowWallMs: repairWallMs };
    const report = await repairStore(directory, options);
    assert.equal(report.verdict, "repairable");
    assert.equal(report.summary?.leaseCount, past.state.leases.length);
    assert.deepEqual(photograph(directory), before);
  });

  it("deletes nothing: the damaged files are kept, byte for byte, for this user alone", async () => {
    const directory = snapshot(past.killed, makeDirectory());
    flipByte(directory, "walPath", 60_000, 0xff);
    const before = photograph(directory);
    const { report } = await repaired(directory);
    const { keptIn } = report;
    assert.match(basename(keptIn ?? ""), /^damaged-\d{8}T\d{6}Z$/);
    assert.deepEqual(photograph(keptIn ?? ""), before);
    if (process.platform !== "win32") {
      for (const path of [keptIn ?? "", dataDirectoryAt(directory).databasePath]) {
        assert.equal(statSync(path).mode & 0o077, 0, path);
      }
    }
  });

  itOnPosix("gives all files to the directory's owner when root repairs", async function () {
    if (process.geteuid?.() !== 0) return this.skip();
    const directory = snapshot(past.killed, makeDirectory());
    flipByte(directory, "walPath", 60_000, 0xff);
    const nobody = 65_534;
    chownSync(directory, nobody, nobody);
    await repairStore(directory, { write: true, force: false, nowWallMs: repairWallMs });
    const made = ["", "portlease.db", "watermark", "broker.lock"];
    const owners = made.map((name) => statSync(join(directory, name)).uid);
    assert.deepEqual(new Set(owners), new Set([nobody]));
    const folder = readdirSync(directory).find((name) => name.startsWith("damaged-")) ?? "";
    for (const name of ["", ...readdirSync(join(directory, folder))]) {
      assert.equal(statSync(join(directory, folder, name)).uid, nobody, name);
    }
  });

  it("leaves a sound store alone, unless it is forced", async () => {
    const directory = snapshot(past.closed, makeDirectory());
    const before = photograph(directory);
    const options = { write: true, force: false, nowWallMs: repairWallMs };
    assert.equal((await repairStore(directory, options)).verdict, "sound");
    assert.deepEqual(photograph(directory), before);
    const forced = await repairStore(directory, { ...options, force: true });
    assert.equal(forced.verdict, "repaired");
    assert.deepEqual(forced.summary?.losses, []);
    assert.equal(forced.summary.leaseCount, past.state.leases.length);
  });

  it("does not touch a store that a broker has, nor one that is not there", async () => {
    const options = { write: true, force: true, nowWallMs: repairWallMs };
    const directory = makeDirectory();
    assert.equal((await repairStore(directory, options)).verdict, "absent");
    assert.deepEqual(readdirSync(directory), []);
    const store = await openStore(directory);
    assert.equal((await repairStore(directory, options)).verdict, "in-use");
    await store.close();
  });

  it("that was interrupted is refused by a start, and done again from the files it kept", async () => {
    const directory = snapshot(past.killed, makeDirectory());
    flipByte(directory, "walPath", 60_000, 0xff);
    const first = await repairStore(directory, {
      write: true,
      force: false,
      nowWallMs: repairWallMs,
    });
    // As if it had been killed after the log was gone, before the new database was in its place.
    const files = dataDirectoryAt(directory);
    rewrite(directory, "databasePath", () =>
      readFileSync(join(first.keptIn ?? "", "portlease.db")),
    );
    rewrite(directory, "watermarkPath", () =>
      Buffer.from(replacingMark(basename(first.keptIn ?? ""))),
    );
    assert.ok(!existsSync(files.walPath));
    await assert.rejects(openStore(directory), {
      code: "STORE_CORRUPT",
      message: /a repair or an import was interrupted \(what was there before is in damaged-/,
    });
    const result = await repaired(directory);
    assertNothingInvented(past, result);
    assert.equal(difference(past, result).missing, 0);
  });
});

/** Names and contents of all files. */
function photograph(directory: string): unknown {
  return readdirSync(directory)
    .filter((name) => name !== "broker.lock")
    .map((name) => [name, readFileSync(join(directory, name)).toString("hex")]);
}
