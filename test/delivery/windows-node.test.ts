// What scripts/assemble-windows.mjs refuses before it lays anything out: a Node that is not the pinned one, a folder in use.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

interface WindowsNode {
  readonly checkIntegrity: (path: string, integrity: string) => void;
  readonly copyNodeFromFolder: (folder: string, destination: string) => unknown;
  readonly fetchNodeFromRegistry: (version: string, to: string, scratch: string) => unknown;
  readonly defaultNodeVersion: string;
  readonly pinnedNodeVersions: readonly string[];
}

/** Compiled to .build/test/delivery/. */
const { checkIntegrity, copyNodeFromFolder, fetchNodeFromRegistry, ...pinned } = (await import(
  new URL("../../../scripts/windows-node.mjs", import.meta.url).href
)) as WindowsNode;

function assemble(...args: readonly string[]) {
  const script = join(repositoryRoot, "scripts", "assemble-windows.mjs");
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
}

describe("the Node of a Windows layout", () => {
  const makeDirectory = temporaryDirectories();

  it("is used when it has the pinned hash, and not when one byte is another", () => {
    const path = join(makeDirectory(), "archive.tgz");
    writeFileSync(path, "node");
    const integrity = `sha512-${createHash("sha512").update("node").digest("base64")}`;
    checkIntegrity(path, integrity);
    writeFileSync(path, "nodf");
    assert.throws(() => checkIntegrity(path, integrity), /is not the file that was pinned/);
  });

  it("is refused in a version without a pinned hash, before anything is fetched", () => {
    const scratch = makeDirectory();
    assert.throws(() => fetchNodeFromRegistry("1.2.3", scratch, scratch), /1\.2\.3 is not pinned/);
    assert.deepEqual(readdirSync(scratch), []);
  });

  it("comes with its licence when it is taken from a folder", () => {
    const [folder, destination] = [makeDirectory(), makeDirectory()];
    writeFileSync(join(folder, "node.exe"), "MZ");
    assert.throws(() => copyNodeFromFolder(folder, destination), /LICENSE is missing/);
    writeFileSync(join(folder, "LICENSE"), "Node.js is licensed");
    copyNodeFromFolder(folder, destination);
    assert.deepEqual(readdirSync(destination).toSorted(), ["LICENSE-node.txt", "node.exe"]);
  });

  it("is by default the one that the Dockerfile downloads", () => {
    const dockerfile = readFileSync(join(repositoryRoot, "Dockerfile.windows"), "utf8");
    const [, version] = /^ARG NODE_VERSION=(.+)$/m.exec(dockerfile) ?? [];
    assert.equal(pinned.defaultNodeVersion, version);
    assert.ok(pinned.pinnedNodeVersions.includes(pinned.defaultNodeVersion));
  });
});

describe("scripts/assemble-windows.mjs", () => {
  const makeDirectory = temporaryDirectories();

  it("leaves a folder alone that is not empty", () => {
    const folder = makeDirectory();
    writeFileSync(join(folder, "mine.txt"), "mine");
    const { status, stderr } = assemble("--output", folder);
    assert.equal(status, 1);
    assert.match(stderr, /is not empty/);
    assert.deepEqual(readdirSync(folder), ["mine.txt"]);
  });

  it("says how it is called when it is called wrongly", () => {
    const folder = join(makeDirectory(), "out");
    const wrong = [
      [],
      ["--output", folder, "--node", "a", "--node-version", "b"],
      ["--ouput", "x"],
    ];
    for (const args of wrong) {
      const { status, stderr } = assemble(...args);
      assert.equal(status, 2);
      assert.match(stderr, /usage: node scripts\/assemble-windows\.mjs/);
    }
    assert.equal(existsSync(folder), false);
  });
});
