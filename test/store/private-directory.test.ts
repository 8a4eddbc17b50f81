// The data directory on Windows (semantics.md 13), played on any host: what is missing is made private, what others may look
// into is refused.

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { openSqliteStore } from "#server/store/sqlite-store.js";
import { StoreError } from "#server/store/store-error.js";
import { FakeClock } from "../support/fake-clock.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

describe("a data directory where mode bits protect nothing (semantics 13)", () => {
  const newDirectory = temporaryDirectories();

  function open(directory: string, wider: readonly string[] | null) {
    const made: string[] = [];
    const privateFolders = {
      makePrivate: (path: string) => {
        made.push(path);
        mkdirSync(path, { recursive: true });
      },
      widerRights: () => wider,
    };
    const store = openSqliteStore({ directory, privateFolders, wallClock: new FakeClock() });
    return { made, store };
  }

  it("is made private when it is missing, and left as it is when it is there", async () => {
    const directory = join(newDirectory(), "data");
    for (const expected of [[directory], []]) {
      const { made, store } = open(directory, []);
      await (await store).close();
      assert.deepEqual(made, expected);
    }
  });

  it("is refused when others may look into it, with the command that mends it, and nothing is written there", async () => {
    const directory = newDirectory();
    const { store } = open(directory, ["Users may read it"]);
    await assert.rejects(store, (error) => {
      assert.ok(error instanceof StoreError);
      assert.equal(error.code, "DATA_DIRECTORY_NOT_PRIVATE");
      assert.match(error.message, /Users may read it; as administrator run: icacls/);
      assert.ok(error.message.includes(`icacls "${directory}" /inheritance:r`));
      return true;
    });
    assert.ok(!existsSync(join(directory, "portlease.db")));
  });

  it("is used with a warning when it cannot be told who may", async () => {
    const { store } = open(newDirectory(), null);
    const opened = await store;
    assert.match(opened.warnings.join(), /cannot be told who may read/);
    await opened.close();
  });
});
