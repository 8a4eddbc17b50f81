// The start of `portlease top` on a terminal where it cannot be had: it takes no screen, and fails as every command does.

import assert from "node:assert/strict";
import { control } from "#cli/terminal/control.js";
import { withoutColours } from "#cli/terminal/display-width.js";
import { startFakeBroker } from "../../../support/fake-broker.js";
import { hasPseudoTerminals, PseudoTerminal } from "../../../support/pseudo-terminal.js";

const size = { columns: 200, rows: 30 };

describe("portlease top without a broker", function () {
  this.timeout(30_000);

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
