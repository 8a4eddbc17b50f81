// The file of the audit log: what is added stays, full files are put aside, and others may move it away.

import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { LineFile } from "#server/audit-trail/line-file.js";
import { itOnPosix } from "../../support/platform-only.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

describe("LineFile", () => {
  const newDirectory = temporaryDirectories();
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = newDirectory();
    path = join(folder, "audit.log");
  });

  const text = (name = "audit.log"): string => readFileSync(join(folder, name), "utf8");
  const lineFile = (bytesMax = 1_000, filesMax = 3) => new LineFile({ path, bytesMax, filesMax });

  itOnPosix("makes a file for its owner alone, and adds to it", async () => {
    const file = lineFile();
    await file.append("a\n", true);
    await file.append("b\nc\n", false);
    assert.equal(text(), "a\nb\nc\n");
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("puts a full file aside before it is larger, and keeps so many", async () => {
    const file = lineFile(4, 3);
    for (const line of ["11\n", "22\n", "33\n", "44\n"]) await file.append(line, false);
    assert.deepEqual(readdirSync(folder).toSorted(), ["audit.log", "audit.log.1", "audit.log.2"]);
    assert.deepEqual(
      ["audit.log", "audit.log.1", "audit.log.2"].map((name) => text(name)),
      ["44\n", "33\n", "22\n"],
    );
  });

  it("loses no line and no order over hundreds of files put aside", async () => {
    const file = lineFile(20, 1_000);
    const numbers = Array.from({ length: 200 }, (_, index) => `${index}\n`);
    for (const line of numbers) await file.append(line, false);
    const names = readdirSync(folder).toSorted(
      (a, b) => Number(b.split(".")[2] ?? 0) - Number(a.split(".")[2] ?? 0),
    );
    assert.ok(names.length > 30);
    assert.equal(names.map((name) => text(name)).join(""), numbers.join(""));
  });

  it("removes what was kept beyond the number of now", async () => {
    for (const number of [1, 2, 3, 4]) writeFileSync(`${path}.${number}`, `${number}\n`);
    writeFileSync(path, "full\n", { mode: 0o600 });
    await lineFile(4, 3).append("new\n", false);
    assert.deepEqual(readdirSync(folder).toSorted(), ["audit.log", "audit.log.1", "audit.log.2"]);
    assert.equal(text("audit.log.2"), "1\n");
  });

  it("loses no older file over an attempt that failed half-way, however often it is made", async () => {
    // So the folder looks when the first file could not be moved: the others were, and number 1 is missing.
    for (const number of [2, 3]) writeFileSync(`${path}.${number}`, `${number}\n`);
    writeFileSync(path, "full\n", { mode: 0o600 });
    await lineFile(4, 4).append("new\n", false);
    assert.deepEqual(
      ["audit.log", "audit.log.1", "audit.log.2", "audit.log.3"].map((name) => text(name)),
      ["new\n", "full\n", "2\n", "3\n"],
    );
  });

  it("goes on in a file of its own when somebody moved it away", async () => {
    const file = lineFile();
    await file.append("a\n", false);
    renameSync(path, `${path}-2026`);
    await file.append("b\n", false);
    assert.deepEqual([text("audit.log-2026"), text()], ["a\n", "b\n"]);
  });

  it("begins a new line after one that was cut off", async () => {
    writeFileSync(path, '{"half', { mode: 0o600 });
    await lineFile().append("whole\n", false);
    assert.equal(text(), '{"half\nwhole\n');
  });

  itOnPosix("writes to no file that others may write to, and through no link", async () => {
    writeFileSync(path, "", { mode: 0o600 });
    chmodSync(path, 0o620);
    await assert.rejects(lineFile().append("a\n", false), /others may write to .*chmod 600/);
    assert.equal(text(), "");
    renameSync(path, join(folder, "elsewhere"));
    symlinkSync(join(folder, "elsewhere"), path);
    await assert.rejects(lineFile().append("a\n", false), { code: "ELOOP" });
    assert.equal(text("elsewhere"), "");
  });

  itOnPosix("may be readable for others, where its owner wants that", async () => {
    writeFileSync(path, "", { mode: 0o600 });
    chmodSync(path, 0o640);
    await lineFile().append("a\n", true);
    assert.equal(text(), "a\n");
  });

  it("rejects with what the file system says, and works again when that is mended", async () => {
    mkdirSync(path);
    const file = lineFile();
    await assert.rejects(file.append("a\n", true), { code: "EISDIR" });
    rmdirSync(path);
    assert.ok(!existsSync(path));
    await file.append("b\n", true);
    assert.equal(text(), "b\n");
  });
});
