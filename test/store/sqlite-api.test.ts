// Which SQLite is used, and that nobody is bothered with its being experimental.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { loadSqliteApi } from "#server/store/sqlite-api.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

describe("loadSqliteApi()", () => {
  const makeDirectory = temporaryDirectories();

  it("takes the SQLite of Node where there is one", async () => {
    const builtin = process.getBuiltinModule("node:sqlite") !== undefined;
    const { source } = await loadSqliteApi();
    assert.equal(source, builtin ? "node:sqlite" : "@photostructure/sqlite");
  });

  it("lets other warnings pass, and puts the way to warn back", async () => {
    const before = Reflect.get(process, "emitWarning") as unknown;
    await loadSqliteApi();
    assert.equal(Reflect.get(process, "emitWarning"), before);
  });

  it("prints nothing on the terminal of a broker that opens its store", function () {
    this.timeout(10_000);
    const script = `
      import { openSqliteStore } from ${JSON.stringify(import.meta.resolve("#server/store/sqlite-store.js"))};
      const directory = process.argv.at(-1);
      const store = await openSqliteStore({ directory, wallClock: { wallMs: () => Date.now() } });
      await store.close();`;
    // What silences warnings for whoever runs the tests must not silence them here.
    const env = { ...process.env, NODE_OPTIONS: undefined, NODE_NO_WARNINGS: undefined };
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--input-type=module", "-e", script, "--", makeDirectory()],
      { encoding: "utf8", env },
    );
    assert.deepEqual([stdout, stderr, status], ["", "", 0]);
  });
});
