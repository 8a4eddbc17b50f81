// The archive of a folder depends on its files alone, not on when and in which order they were written.

import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { itOnLinux } from "../support/platform-only.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

/** Compiled to .build/test/delivery/. */
const { zipFolder } = (await import(
  new URL("../../../scripts/zip-folder.mjs", import.meta.url).href
)) as { readonly zipFolder: (folder: string, top: string) => Uint8Array };

describe("the archive of a folder", () => {
  const makeDirectory = temporaryDirectories();

  function folderOf(names: readonly string[], time: Date): string {
    const folder = makeDirectory();
    mkdirSync(join(folder, "app"));
    for (const name of names) {
      writeFileSync(join(folder, name), `text of ${name}`);
      utimesSync(join(folder, name), time, time);
    }
    return folder;
  }

  it("is the same whenever and in which order the files were written", () => {
    const names = ["b.txt", "a.txt", "app/c.js"];
    const one = zipFolder(folderOf(names, new Date("2020-01-01")), "top");
    const two = zipFolder(folderOf(names.toReversed(), new Date("2026-07-01")), "top");
    assert.deepEqual(one, two);
    assert.deepEqual(Object.keys(unzipSync(one)), ["top/a.txt", "top/app/c.js", "top/b.txt"]);
  });

  it("has what was in the files", () => {
    const archive = zipFolder(folderOf(["app/c.js"], new Date()), "top");
    const text = unzipSync(archive)["top/app/c.js"];
    assert.equal(Buffer.from(text ?? []).toString(), "text of app/c.js");
  });

  itOnLinux("is refused for a folder with a link, which not everybody unpacks", async () => {
    const folder = folderOf(["a.txt"], new Date());
    symlinkSync("a.txt", join(folder, "b.txt"));
    assert.throws(() => zipFolder(folder, "top"), /b\.txt is a link/);
  });
});
