// What reading real files tells.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thisWorld } from "#server/config/config-world.js";

describe("the real ConfigWorld", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "portlease-config-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("reads a file, and tells a missing one from one that cannot be read", () => {
    const { readFile } = thisWorld();
    const path = join(directory, "config.yaml");
    assert.equal(readFile(path), null);
    writeFileSync(path, "log: {}");
    assert.equal(Buffer.from(readFile(path) ?? []).toString(), "log: {}");
    assert.equal(readFile(join(path, "below")), null);
    const folder = join(directory, "folder");
    mkdirSync(folder);
    assert.throws(() => readFile(folder), /it is a folder, not a file/);
  });

  it("does not read a file of more than a mebibyte", () => {
    const path = join(directory, "large.yaml");
    writeFileSync(path, Buffer.alloc(1_048_577, "#"));
    assert.throws(() => thisWorld().readFile(path), /larger than 1048576 bytes/);
  });
});
