// Which tokens are valid while their files change.

import assert from "node:assert/strict";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { byItsFolder, byModeBits } from "#server/access/file-privacy.js";
import { FileWatch, lookEveryMs } from "#server/access/file-watch.js";
import { Tokens, type TokenSource } from "#server/access/tokens.js";
import { FakeClock } from "../../support/fake-clock.js";
import { silentLog } from "../../support/silent-log.js";
import { itOnPosix } from "../../support/platform-only.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

const [first, second] = ["1".repeat(32), "2".repeat(32)] as const;

describe("Tokens", () => {
  const newDirectory = temporaryDirectories();
  let clock: FakeClock;
  let files: FileWatch;
  let tokens: Tokens;
  let file: string;
  let sources: TokenSource[];

  beforeEach(() => {
    clock = new FakeClock();
    files = new FileWatch(clock);
    tokens = new Tokens();
    sources = [];
    file = join(newDirectory(), "token");
    writeFileSync(file, first, { mode: 0o600 });
  });

  function add(changes: Partial<TokenSource> = {}): void {
    sources.push({ name: "ci", role: "viewer", file, privacy: byItsFolder, ...changes });
    tokens.replace(tokens.read(sources), files, silentLog, () => undefined);
  }

  function look(): void {
    clock.advance(lookEveryMs);
    files.advance();
  }

  it("stand for a name and a role; admin includes the others", () => {
    add();
    const caller = tokens.callerOf(first);
    assert.deepEqual([caller?.name, [...(caller?.roles ?? [])]], ["token:ci", ["viewer"]]);
    assert.equal(tokens.callerOf(second), null);
    assert.equal(tokens.callerOf(""), null);
    assert.equal(tokens.callerOf(first.slice(1)), null);
    writeFileSync(`${file}2`, second, { mode: 0o600 });
    add({ name: "root", role: "admin", file: `${file}2` });
    assert.deepEqual(tokens.callerOf(second)?.roles, new Set(["admin", "holder", "viewer"]));
  });

  it("are replaced without a restart, with old and new valid at once in between", () => {
    add();
    writeFileSync(file, `${first}\n${second}\n`);
    assert.equal(tokens.callerOf(second), null, "nobody looked yet");
    look();
    assert.equal(tokens.callerOf(first)?.name, "token:ci");
    assert.equal(tokens.callerOf(second)?.name, "token:ci");
    writeFileSync(file, `${second}\n`);
    look();
    assert.equal(tokens.callerOf(first), null);
    assert.equal(tokens.callerOf(second)?.name, "token:ci");
  });

  it("are those of now, also when the file changed between being read and being watched", () => {
    sources.push({ name: "ci", role: "viewer", file, privacy: byItsFolder });
    const read = tokens.read(sources);
    writeFileSync(file, `${second}\n`);
    tokens.replace(read, files, silentLog, () => undefined);
    look();
    assert.equal(tokens.callerOf(first), null);
    assert.equal(tokens.callerOf(second)?.name, "token:ci");
  });

  it("end when their file is removed, and come back with it", () => {
    add();
    rmSync(file);
    look();
    assert.equal(tokens.callerOf(first), null);
    writeFileSync(file, first, { mode: 0o600 });
    look();
    assert.equal(tokens.callerOf(first)?.name, "token:ci");
  });

  itOnPosix("end when others get to read their file", async () => {
    add({ privacy: byModeBits });
    chmodSync(file, 0o644);
    look();
    assert.equal(tokens.callerOf(first), null);
  });
});
