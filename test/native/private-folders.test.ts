// Folders for secrets on this host: private from the start, and told apart from those that are not.

import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NativeError, openPrivateFolders, type PrivateFolders } from "@portlease/native";
import { describeOnLinux } from "./support/linux-only.js";

describeOnLinux("PosixPrivateFolders", () => {
  let base: string;
  let folders: PrivateFolders;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "portlease-folder-"));
    folders = openPrivateFolders();
  });
  afterEach(() => rmSync(base, { recursive: true }));

  it("makes a folder, and those above it, that nobody else may enter", () => {
    const path = join(base, "above", "data");
    folders.makePrivate(path);
    assert.deepEqual(folders.widerRights(path), []);
  });

  it("leaves a folder that is there as it is, and says who may enter it", () => {
    const path = join(base, "data");
    mkdirSync(path);
    chmodSync(path, 0o754);
    folders.makePrivate(path);
    const group = process.getegid?.();
    assert.deepEqual(folders.widerRights(path), [`group id ${group} (r-x)`, "everybody (r--)"]);
  });

  it("says who owns what, unless it is this user or root", function () {
    const path = join(base, "file");
    writeFileSync(path, "");
    assert.equal(folders.foreignOwner(path), null);
    assert.throws(() => folders.foreignOwner(join(base, "none")), hasCode("NOT_FOUND"));
    if (process.geteuid?.() !== 0) return;
    chownSync(path, 65_534, 65_534);
    assert.equal(folders.foreignOwner(path), "user id 65534");
  });

  it("says NOT_FOUND of a folder that is not there, and names what cannot be made", () => {
    assert.throws(() => folders.widerRights(join(base, "none")), hasCode("NOT_FOUND"));
    writeFileSync(join(base, "file"), "");
    assert.throws(() => folders.makePrivate(join(base, "file", "data")), hasCode("OS_ERROR"));
  });
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof NativeError && error.code === code;
}
