// What a newcomer does: clone into a new folder, run the demo, start a broker, stop it. With Node and npm alone.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repositoryRoot } from "../support/repository.js";

describe("a fresh clone", function () {
  this.timeout(300_000);
  let clone = "";

  before(() => {
    clone = mkdtempSync(join(tmpdir(), "portlease-clone-"));
    execFileSync("git", ["clone", "--quiet", repositoryRoot, clone]);
  });

  after(() => rmSync(clone, { recursive: true, force: true }));

  it("runs the demo with one command, which says what it showed", () => {
    const output = execFileSync("npm", ["run", "demo"], { cwd: clone, encoding: "utf8" });
    assert.match(output, /EADDRINUSE/);
    assert.match(output, /still leased/);
    assert.match(output, /All of it held/);
  });

  it("starts a broker with one command, and stops it on a signal", async () => {
    const args = ["start", "--", "--listen", "127.0.0.1:0", "--data-dir", join(clone, "data")];
    const broker = spawn("npm", [...args, "--log-format", "json"], { cwd: clone, detached: true });
    const lines = createInterface({ input: broker.stdout });
    for await (const line of lines) {
      if (line.startsWith("{")) break;
    }
    const exited = once(broker, "exit");
    // To the whole group, as a terminal does on Ctrl-C.
    process.kill(-(broker.pid ?? 0), "SIGINT");
    await exited;
  });
});
