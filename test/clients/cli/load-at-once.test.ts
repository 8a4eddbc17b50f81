import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { loadAtOnce } from "#cli/load-at-once.js";
import { repositoryRoot } from "../../support/repository.js";

const program = join(repositoryRoot, "dist", "clients", "cli", "main.js");

describe("loadAtOnce()", () => {
  it("loads the very modules that are imported afterwards", async () => {
    const importer = pathToFileURL(program).href;
    const path = "../../src/server/store/store-error.js";
    loadAtOnce(importer, [path]);
    const again = (await import(new URL(path, importer).href)) as object;
    const first = await import("#server/store/store-error.js");
    assert.equal(again, first);
  });

  it("is not needed: where Node does not require() such modules, a broker says the same", () => {
    const wrong = ["serve", "--listen", "nowhere"];
    const [usual, without] = [[], ["--no-experimental-require-module"]].map((options) =>
      spawnSync(process.execPath, [...options, program, ...wrong], { encoding: "utf8" }),
    );
    assert.match(usual?.stderr ?? "", /nowhere/);
    assert.equal(without?.stderr, usual?.stderr);
    assert.equal(without?.status, usual?.status);
  });
});
