// docs/store.md: its commands run as they stand there, and what it says of files, exit codes and lines is so.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exitCodes } from "#cli/exit-codes.js";
import { BrokerLab } from "../support/broker-lab.js";
import { runCli, type CliResult } from "../support/cli.js";
import { repositoryRoot } from "../support/repository.js";
import { flipByte, snapshot } from "../support/store-snapshot.js";

const page = readFileSync(join(repositoryRoot, "docs", "store.md"), "utf8");

/** The commands of the samples, in their order. */
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, text = ""]) =>
  text.trimEnd().split("\n"),
);

describe("docs/store.md", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let killed: string;

  before(async () => {
    lab = await BrokerLab.open();
    const broker = await lab.start();
    const caller = lab.caller(broker);
    for (let count = 0; count < 3; count += 1) await caller.acquire();
    await broker.kill("SIGKILL");
    killed = broker.options.dataDirectory;
  });

  after(() => lab.close());

  /** Runs a command of the page, with folders of this test instead of the page's. */
  function run(command: string, dataDirectory: string, folder: string): Promise<CliResult> {
    const [program, ...words] = command.split(" ");
    assert.equal(program, "portlease");
    const own = words.map((word) =>
      word
        .replace("/var/lib/portlease-new", join(folder, "new"))
        .replace("/var/lib/portlease", dataDirectory)
        .replace("portlease.jsonl", join(folder, "portlease.jsonl")),
    );
    return runCli(own);
  }

  it("has commands that do what it says, on a sound store and on a damaged one", async () => {
    const [check = "", dryRepair = "", repair = "", exporting = "", importing = ""] = commands;
    assert.equal(commands.length, 5);
    const folder = lab.newDirectory();
    const damaged = snapshot(killed, lab.newDirectory());
    assert.equal((await run(check, damaged, folder)).exitCode, exitCodes.ok);
    flipByte(damaged, "walPath", 30_000, 0xff);
    assert.equal((await run(check, damaged, folder)).exitCode, exitCodes.damaged);
    const dry = await run(dryRepair, damaged, folder);
    assert.equal(dry.exitCode, exitCodes.damaged, dry.stdout);
    assert.match(dry.stdout, /NOT repaired yet[^]*saved +3 leases[^]*lost +nothing/);
    const done = await run(repair, damaged, folder);
    assert.equal(done.exitCode, exitCodes.ok, done.stdout + done.stderr);
    assert.match(done.stdout, /is repaired[^]*saved +3 leases[^]*kept in +\S+damaged-\d+T\d+Z/);
    assert.equal((await run(check, damaged, folder)).exitCode, exitCodes.ok);
    const exported = await run(exporting, damaged, folder);
    assert.equal(exported.exitCode, exitCodes.ok, exported.stderr);
    const imported = await run(importing, damaged, folder);
    assert.equal(imported.exitCode, exitCodes.ok, imported.stderr);
    assert.match(imported.stdout, /holder keys of the leases go on working/);
    const again = await run(importing, damaged, folder);
    assert.deepEqual([again.exitCode, again.stdout], [exitCodes.refused, ""]);
    assert.match(again.stderr, /^portlease: there is a store in .*--force.*\n$/);
  });

  it("names the files that a broker makes", () => {
    for (const name of readdirSync(killed)) assert.ok(page.includes(`\`${name}\``), name);
  });

  it("names only files of this repository that exist", () => {
    for (const [, path = ""] of page.matchAll(/`((?:src|test|docs)\/[\w./-]+)`/g)) {
      assert.ok(existsSync(join(repositoryRoot, path)), path);
    }
  });

  it("has every field of the lines of an export", async () => {
    const { stdout } = await runCli(["store", "export", "--data-dir", killed]);
    const lines = stdout.trimEnd().split("\n");
    for (const line of [lines.at(0) ?? "", lines.at(1) ?? "", lines.at(-1) ?? ""]) {
      for (const name of Object.keys(JSON.parse(line) as object)) {
        assert.ok(page.includes(`\`${name}\``), name);
      }
    }
  });
});
