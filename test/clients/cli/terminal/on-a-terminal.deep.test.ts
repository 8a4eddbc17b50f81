// The CLI on a pseudo-terminal: colours, cuts, --watch in place, questions and progress; and the terminal is sane afterwards.

import assert from "node:assert/strict";
import { displayWidth, withoutColours } from "#cli/terminal/display-width.js";
import { control } from "#cli/terminal/control.js";
import { BrokerLab } from "../../../support/broker-lab.js";
import type { BrokerProcess } from "../../../support/broker-process.js";
import { startFakeBroker } from "../../../support/fake-broker.js";
import { hasPseudoTerminals, PseudoTerminal } from "../../../support/pseudo-terminal.js";

const size = { columns: 60, rows: 12 };
const interrupt = "\u0003";

describe("portlease on a terminal", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let terminal: PseudoTerminal | undefined;

  before(async function () {
    if (!hasPseudoTerminals()) return this.skip();
    lab = await BrokerLab.open();
    broker = await lab.start();
    const caller = lab.caller(broker);
    await caller.acquire({
      holder: { service: `orders-${"x".repeat(40)}` },
      ttl: { seconds: 600n },
    });
  });
  afterEach(() => terminal?.close());
  after(() => lab?.close());

  function start(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): PseudoTerminal {
    const PORTLEASE_TOKEN_FILE = broker.adminTokenFile;
    const all = [...args, "--address", broker.address];
    terminal = PseudoTerminal.startCli(all, {
      ...size,
      environment: { PORTLEASE_TOKEN_FILE, ...environment },
    });
    return terminal;
  }

  const linesOf = (text: string): readonly string[] => text.trimEnd().split("\r\n");

  it("has colours, and no line wider than the terminal", async () => {
    const { stdout, exitCode } = await start(["ls"]).end;
    assert.equal(exitCode, 0);
    assert.ok(stdout.includes("\u001b[36mleased\u001b[39m"), stdout);
    assert.match(stdout, /…/);
    for (const line of linesOf(stdout)) assert.ok(displayWidth(line) <= size.columns, line);
  });

  it("has no colours with NO_COLOR", async () => {
    const { stdout } = await start(["ls"], { NO_COLOR: "1" }).end;
    assert.equal(withoutColours(stdout), stdout);
  });

  it("--watch draws in place, shows what is new, and leaves a sane terminal with the last view on it", async () => {
    const watch = start(["blocks", "--watch", "--every", "100ms"]);
    const first = await watch.until(/active/);
    assert.ok(first.startsWith(control.enterOwnScreen + control.hideCursor));
    const [blockId] = broker.ready.blocks.map(({ firstPort }) => `default-tcp-${firstPort}`);
    const drain = await PseudoTerminal.startCli(
      ["drain", blockId ?? "", "--address", broker.address],
      { ...size, environment: { PORTLEASE_TOKEN_FILE: broker.adminTokenFile } },
    ).end;
    assert.equal(drain.exitCode, 0, drain.stdout);
    await watch.until(/draining/);
    watch.type(interrupt);
    const { stdout, exitCode } = await watch.end;
    assert.equal(exitCode, 130);
    const [, left = ""] = stdout.split(control.showCursor + control.leaveOwnScreen);
    assert.match(withoutColours(left), /BLOCK[^\n]*\r\n[^\n]*draining/);
    assert.ok(stdout.includes(control.home));
  });

  it("--watch says so while the broker is away, and goes on when it is back", async () => {
    const other = await lab.start();
    const args = ["status", "--watch", "--every", "100ms", "--address", other.address];
    terminal = PseudoTerminal.startCli(args, size);
    await terminal.until(/serving/);
    await other.kill("SIGKILL");
    await terminal.until(/NO ANSWER since/);
    const from = terminal.shown.length;
    await lab.restart(other, {
      flags: [...(other.options.flags ?? []), "--listen", other.address],
    });
    await terminal.until(/Ctrl\+C ends it/, from);
    terminal.type(interrupt);
    assert.equal((await terminal.end).exitCode, 130);
  });

  it("revoke --filter shows which, asks, and does nothing without a yes", async () => {
    for (const [answer, exitCode, says] of [
      ["n\r", 5, /nothing was done \[NOT_CONFIRMED\]/],
      [interrupt, 5, /nothing was done \[NOT_CONFIRMED\]/],
      ["\u0004", 5, /nothing was done \[NOT_CONFIRMED\]/],
    ] as const) {
      const asking = start(["revoke", "--filter", "port > 1"]);
      await asking.until(/this takes back 1 lease:[\s\S]*revoke 1 lease\? \[y\/N\] /);
      asking.type(answer);
      const result = await asking.end;
      assert.equal(result.exitCode, exitCode, result.stdout);
      assert.match(result.stdout, says);
    }
  });

  it("says what it waits for after a second, and leaves nothing of it", async () => {
    // It answers nothing.
    const silent = await startFakeBroker({});
    try {
      const args = ["ls", "--timeout", "2500ms", "--address", silent.address];
      terminal = PseudoTerminal.startCli(args, size);
      await terminal.until(/waiting 1 s for an answer of the broker at [\d.:]+/);
      const { stdout, exitCode } = await terminal.end;
      assert.equal(exitCode, 3);
      assert.match(
        withoutColours(stdout.split(control.clearLine).at(-1) ?? ""),
        /^portlease: the broker at/,
      );
    } finally {
      silent.stop();
    }
  });

  it("ends at Ctrl+C while it waits, with the line clear", async () => {
    const silent = await startFakeBroker({});
    try {
      terminal = PseudoTerminal.startCli(
        ["ls", "--timeout", "60s", "--address", silent.address],
        size,
      );
      await terminal.until(/waiting 1 s for/);
      terminal.type(interrupt);
      const { stdout, exitCode } = await terminal.end;
      assert.equal(exitCode, 130);
      assert.equal(stdout.split(control.clearLine).at(-1), "");
    } finally {
      silent.stop();
    }
  });
});
