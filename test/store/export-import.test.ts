// "portlease store export" and "import": a store becomes lines and lines become a store, and what cannot be true is refused before
// anything is written.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkStore } from "#server/store/check.js";
import { dataDirectoryAt } from "#server/store/data-directory.js";
import { exportStore } from "#server/store/export.js";
import { firstRevision } from "#server/store/first-revision.js";
import { importStore } from "#server/store/import.js";
import { replacingMark } from "#server/store/watermark.js";
import { knownPast, repairWallMs } from "../support/repair-lab.js";
import type { KnownPast } from "../support/repair-lab.js";
import { ordered } from "../support/store-samples.js";
import { flipByte, openStore, rewrite, snapshot } from "../support/store-snapshot.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

type Line = Record<string, unknown>;

describe("an exported store", function () {
  this.timeout(120_000);
  const makeDirectory = temporaryDirectories();
  const nowWallMs = repairWallMs;
  const importing = { source: "the export", force: false, nowWallMs };
  let past: KnownPast;
  let withSecret: string;
  let without: string;

  before(async () => {
    past = await knownPast(30, makeDirectory);
    withSecret = (await exportStore(past.killed, { withSecret: true, nowWallMs })).text;
    without = (await exportStore(past.killed, { withSecret: false, nowWallMs })).text;
  });

  async function imported(text: string, directory = makeDirectory()) {
    await importStore(directory, text, importing);
    assert.equal((await checkStore(directory)).verdict, "sound");
    const store = await openStore(directory);
    try {
      return await store.load();
    } finally {
      await store.close();
    }
  }

  /** The export with other lines, counted and summed up as if it had been written so. */
  function rewritten(change: (lines: Line[]) => Line[]): string {
    const lines = withSecret
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
    const changed = change(lines.slice(0, -1));
    const text = changed.map((line) => `${JSON.stringify(line)}\n`).join("");
    const sha256 = createHash("sha256").update(text).digest("hex");
    return `${text}${JSON.stringify({ type: "end", lines: changed.length, sha256 })}\n`;
  }

  it("is the same store when it is imported with the secret", async () => {
    const state = await imported(withSecret);
    assert.deepEqual(ordered(state), ordered(past.state));
    assert.deepEqual(state.brokerSecret, past.state.brokerSecret);
  });

  it("goes on above the time-derived floor with an unknown past, so that every port rests (semantics 4)", async () => {
    const state = await imported(withSecret);
    assert.ok(state.revision >= firstRevision(nowWallMs) && state.revision > past.state.revision);
    assert.equal(state.past, "unknown");
  });

  it("tells nothing secret without --with-secret, and then its holder keys are dead", async () => {
    const secret = Buffer.from(past.state.brokerSecret).toString("hex");
    assert.ok(withSecret.includes(secret));
    assert.ok(!without.includes(secret));
    assert.doesNotMatch(without, /"(?:key|bodyHash)"/);
    const state = await imported(without);
    assert.notDeepEqual(state.brokerSecret, past.state.brokerSecret);
    assert.deepEqual(
      state.leases.map(({ leaseId }) => leaseId),
      past.state.leases.map(({ leaseId }) => leaseId),
    );
    const result = await importStore(makeDirectory(), without, importing);
    assert.equal(result.keysGoOn, false);
  });

  it("reads the same from a stopped broker, and changes nothing there", async () => {
    const before = photograph(past.closed);
    const { text } = await exportStore(past.closed, { withSecret: true, nowWallMs });
    assert.equal(text, withSecret);
    assert.deepEqual(photograph(past.closed), before);
  });

  it("is not made of a store that a broker has, that is damaged, or that is not there", async () => {
    const options = { withSecret: false, nowWallMs };
    const directory = makeDirectory();
    await assert.rejects(exportStore(directory, options), { code: "NO_STORE" });
    const store = await openStore(directory);
    await assert.rejects(exportStore(directory, options), { code: "DATA_DIRECTORY_IN_USE" });
    await store.close();
    const damaged = snapshot(past.killed, makeDirectory());
    flipByte(damaged, "walPath", 30_000, 0xff);
    await assert.rejects(exportStore(damaged, options), { code: "STORE_CORRUPT" });
  });

  it("is refused where any byte is another one, and nothing is written", async () => {
    for (let at = 0; at < withSecret.length; at += Math.floor(withSecret.length / 60)) {
      const directory = makeDirectory();
      const changed = withSecret.at(at) === "0" ? "1" : "0";
      const text = `${withSecret.slice(0, at)}${changed}${withSecret.slice(at + 1)}`;
      await assert.rejects(importStore(directory, text, importing), {
        code: "EXPORT_INVALID",
        message: /nothing was changed/,
      });
      assert.deepEqual(readdirSync(directory), []);
    }
  });

  for (const [what, change, message] of [
    ["cut", (lines: Line[]) => lines.slice(0, -1), /should have \d+ lines/],
    ["of another kind", (lines: Line[]) => [{ type: "x" }, ...lines.slice(1)], /line 1: "type"/],
    ["with a lease twice", (lines: Line[]) => twice(lines, "lease"), /lease \S+ is in it twice/],
    ["with a block twice", (lines: Line[]) => twice(lines, "block"), /block \S+ is in it twice/],
    [
      "with one port in two leases",
      (lines: Line[]) =>
        edit(lines, "lease", (lease, index) =>
          index === 1 ? { ...lease, ports: { firstPort: 20_001, lastPort: 20_100 } } : lease,
        ),
      /both have port/,
    ],
    [
      "with a lease outside of its block",
      (lines: Line[]) =>
        edit(lines, "lease", (lease, index) =>
          index === 1 ? { ...lease, ports: { firstPort: 30_000, lastPort: 30_000 } } : lease,
        ),
      /has ports that block \S+ does not have/,
    ],
    [
      "with a lease of no block",
      (lines: Line[]) => edit(lines, "lease", (lease) => ({ ...lease, blockId: "none" })),
      /is of block none, which is not in it/,
    ],
    [
      "with a lease from the future",
      ([head, ...rest]: Line[]) => [{ ...head, revision: 7 }, ...rest],
      /is of a later revision than the export/,
    ],
    [
      "with a field that nobody knows",
      (lines: Line[]) => edit(lines, "lease", (lease) => ({ ...lease, extra: 1 })),
      /line 3: "lease" is not of the known fields only/,
    ],
  ] as const) {
    it(`is refused ${what}, and nothing is written`, async () => {
      const directory = makeDirectory();
      await assert.rejects(importStore(directory, rewritten(change), importing), {
        code: "EXPORT_INVALID",
        message,
      });
      assert.deepEqual(readdirSync(directory), []);
    });
  }

  it("of a newer portlease is refused, saying what to do", async () => {
    for (const name of ["version", "recordVersion"]) {
      const text = rewritten(([head, ...rest]) => [{ ...head, [name]: 99 }, ...rest]);
      await assert.rejects(importStore(makeDirectory(), text, importing), {
        code: "STORE_TOO_NEW",
        message: /import it with that version/,
      });
    }
  });

  it("replaces a store only with --force, and keeps that one", async () => {
    const directory = snapshot(past.closed, makeDirectory());
    const before = photograph(directory);
    await assert.rejects(importStore(directory, without, importing), {
      code: "DIRECTORY_NOT_EMPTY",
    });
    assert.deepEqual(photograph(directory), before);
    const { keptIn } = await importStore(directory, without, { ...importing, force: true });
    assert.match(keptIn ?? "", /replaced-\d{8}T\d{6}Z$/);
    assert.deepEqual(photograph(keptIn ?? ""), before);
    assert.equal((await checkStore(directory)).verdict, "sound");
  });

  it("does not replace the store of a running broker, not even with --force", async () => {
    const directory = makeDirectory();
    const store = await openStore(directory);
    await assert.rejects(importStore(directory, without, { ...importing, force: true }), {
      code: "DATA_DIRECTORY_IN_USE",
    });
    await store.close();
  });

  it("that was not wholly imported is refused by a start, saying so", async () => {
    const directory = makeDirectory();
    await importStore(directory, without, importing);
    rewrite(directory, "watermarkPath", () => Buffer.from(replacingMark("")));
    await assert.rejects(openStore(directory), { code: "STORE_CORRUPT", message: /interrupted/ });
    await importStore(directory, without, { ...importing, force: true });
    await (await openStore(directory)).close();
  });

  it("leaves nothing of an interrupted write in the way of the next one", async () => {
    const directory = makeDirectory();
    writeFileSync(join(directory, "portlease.db.new"), "half");
    await importStore(directory, without, importing);
    assert.equal((await checkStore(directory)).verdict, "sound");
    assert.equal(dataDirectoryAt(directory).path, directory);
  });
});

function twice(lines: readonly Line[], type: string): Line[] {
  const [head, ...rest] = lines;
  const again = rest.filter((line) => line["type"] === type).slice(0, 1);
  const [name, others] = [`${type}s`, rest.filter((line) => line["type"] !== type)];
  const same = rest.filter((line) => line["type"] === type);
  const count = Number(head?.[name]) + 1;
  const parts = type === "block" ? [...same, ...again, ...others] : [...again, ...rest];
  return [{ ...head, [name]: count }, ...parts];
}

function edit(
  lines: readonly Line[],
  type: string,
  change: (record: Line, index: number) => Line,
): Line[] {
  let index = 0;
  return lines.map((line) =>
    line["type"] === type ? { ...line, [type]: change(line[type] as Line, index++) } : line,
  );
}

function photograph(directory: string): unknown {
  return readdirSync(directory)
    .filter((name) => name !== "broker.lock")
    .map((name) => [name, readFileSync(join(directory, name)).toString("hex")]);
}
