// Files with tokens: what is taken, what is refused, and how the broker makes its own.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { byAccessList, byItsFolder, byModeBits } from "#server/access/file-privacy.js";
import { makeTokenFile, readTokenFile } from "#server/access/token-file.js";
import { StartError } from "#server/start-error.js";
import { itOnPosix } from "../../support/platform-only.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

const token = "0123456789abcdef0123456789abcdef";

describe("readTokenFile()", () => {
  const newDirectory = temporaryDirectories();

  function fileWith(content: string, mode = 0o600): string {
    const path = join(newDirectory(), "token");
    writeFileSync(path, content, { mode });
    chmodSync(path, mode);
    return path;
  }

  function refused(path: string, privacy = byItsFolder): string {
    try {
      readTokenFile(path, privacy);
    } catch (error) {
      assert.ok(error instanceof StartError && error.code === "CANNOT_SECURE", String(error));
      assert.ok(error.message.includes(path), error.message);
      assert.ok(!error.message.includes(token.slice(0, 20)), "no token is in a message");
      return error.message;
    }
    return assert.fail("the file was accepted");
  }

  it("takes one token a line, and no notice of empty lines and carriage returns", () => {
    const other = token.toUpperCase();
    assert.deepEqual(readTokenFile(fileWith(`${token}\r\n\n${other}\n`), byItsFolder), [
      token,
      other,
    ]);
  });

  it("reads the file that it checked, though another takes its place meanwhile", () => {
    const path = fileWith(token);
    const exchange = (): null => {
      renameSync(fileWith("a".repeat(32), 0o666), path);
      return null;
    };
    // Where an open file cannot be replaced, so much the better.
    assert.deepEqual(readTokenFile(path, exchange), [token]);
  });

  itOnPosix("does not wait for a pipe", async () => {
    const path = join(newDirectory(), "pipe");
    assert.equal(spawnSync("mkfifo", [path]).status, 0);
    assert.match(refused(path), /no file/);
  });

  it("refuses what is no token, and says which line", () => {
    assert.match(refused(fileWith("")), /empty/);
    assert.match(refused(fileWith(`${token}\nshort\n`)), /line 2 is no token/);
    assert.match(refused(fileWith(`${token} ${token}\n`)), /line 1 is no token/);
    assert.match(refused(fileWith(`${token}\n`.repeat(9))), /9 tokens, at most 8/);
    assert.match(refused(join(newDirectory(), "nothing")), /no such file/);
    assert.match(refused(newDirectory()), /no file/);
    assert.match(refused(join(fileWith(token), "below")), /no such file/);
  });

  itOnPosix("refuses a file that others than its owner can read or write", async () => {
    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o666]) {
      assert.match(refused(fileWith(token, mode), byModeBits), /chmod 600/, mode.toString(8));
    }
    for (const mode of [0o600, 0o400]) {
      assert.deepEqual(readTokenFile(fileWith(token, mode), byModeBits), [token]);
    }
  });

  it("on Windows refuses a file that the access list opens to others, or whose list cannot be read", () => {
    const rights = (wider: readonly string[] | null) => byAccessList({ widerRights: () => wider });
    assert.match(refused(fileWith(token), rights(["Users (FR)"])), /Users \(FR\).*icacls/);
    assert.match(refused(fileWith(token), rights(null)), /cannot be told/);
    assert.deepEqual(readTokenFile(fileWith(token), rights([])), [token]);
  });
});

describe("makeTokenFile()", () => {
  const newDirectory = temporaryDirectories();

  it("makes a token of 256 random bits for its owner alone, once", () => {
    const path = join(newDirectory(), "admin.token");
    makeTokenFile(path);
    const [made = ""] = readTokenFile(path, byItsFolder);
    assert.equal(Buffer.from(made, "base64url").length, 32);
    if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.ok(!existsSync(`${path}.new`), "nothing is left beside it");
    makeTokenFile(path);
    assert.deepEqual(readTokenFile(path, byItsFolder), [made], "it stays");
    const second = join(newDirectory(), "admin.token");
    makeTokenFile(second);
    assert.notEqual(readFileSync(second, "utf8"), readFileSync(path, "utf8"));
  });

  it("makes it anew where an earlier start broke off in the middle", () => {
    const path = join(newDirectory(), "admin.token");
    writeFileSync(`${path}.new`, "half");
    makeTokenFile(path);
    assert.equal(readTokenFile(path, byItsFolder).length, 1);
  });

  it("says why it cannot", () => {
    const path = join(newDirectory(), "nowhere", "admin.token");
    assert.throws(() => makeTokenFile(path), /cannot be used: it cannot be written/);
  });
});
