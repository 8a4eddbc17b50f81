// The start of `portlease top` on a terminal where it cannot be had: it takes no screen, and fails as every command does. And its end
// by a mistake in the program.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { control } from "#cli/terminal/control.js";
import { withoutColours } from "#cli/terminal/display-width.js";
import { startFakeBroker } from "../../../support/fake-broker.js";
import { hasPseudoTerminals, PseudoTerminal } from "../../../support/pseudo-terminal.js";

const size = { columns: 200, rows: 30 };

describe("portlease top without a broker", function () {
  this.timeout(120_000);

  before(function () {
    if (!hasPseudoTerminals()) this.skip();
  });

  async function failing(...words: readonly string[]): Promise<string> {
    const { stdout, exitCode } = await PseudoTerminal.startCli(words, size).end;
    assert.equal(exitCode, 3, stdout);
    assert.ok(!stdout.includes(control.enterOwnScreen));
    // What it waited for was shown meanwhile, and is gone.
    return withoutColours(stdout.split(control.clearLine).at(-1) ?? "");
  }

  it("says that none is there", async () => {
    const nowhere = ["--address", "127.0.0.1:1"];
    assert.equal(await failing("top", ...nowhere), await failing("ls", ...nowhere));
  });

  it("says that one does not answer", async () => {
    const silent = await startFakeBroker({});
    try {
      const there = ["--address", silent.address, "--timeout", "1500ms"];
      assert.equal(await failing("top", ...there), await failing("ls", ...there));
    } finally {
      silent.stop();
    }
  });
});

describe("the terminal of portlease top", function () {
  this.timeout(120_000);

  before(function () {
    if (!hasPseudoTerminals()) this.skip();
  });

  it("is as it was after a crash, with the reason on it", async () => {
    const module = import.meta.resolve("#cli/top/top-terminal.js");
    const program = [
      `import { TopTerminal } from "${module}";`,
      "const terminal = new TopTerminal({ key() {}, redraw() {}, leave() {} });",
      "terminal.open();",
      `setImmediate(() => { throw new Error("a mistake"); });`,
    ].join(" ");
    const folder = mkdtempSync(join(tmpdir(), "portlease-crash-"));
    try {
      writeFileSync(join(folder, "crash.mjs"), program);
      const line = `stty -a > before; '${process.execPath}' crash.mjs; stty -a > after`;
      const { stdout } = await PseudoTerminal.start(`sh -c "cd '${folder}'; ${line}"`, size).end;
      const [, left = ""] = stdout.split(control.showCursor + control.leaveOwnScreen);
      assert.match(left, /a mistake/);
      const [before, after] = ["before", "after"].map((name) =>
        readFileSync(join(folder, name), "utf8"),
      );
      assert.equal(after, before);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
