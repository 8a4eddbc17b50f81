// docs/operations.md: the commands that need no root and no Windows are run as they stand there, and the clean-up by hand is that of
// the program itself.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exitCodes } from "#cli/exit-codes.js";
import { cleanUpByHand } from "#server/uninstall/clean-up-by-hand.js";
import { BrokerLab } from "../support/broker-lab.js";
import { runInProcess } from "../support/cli-in-process.js";
import { type CliResult, runCli } from "../support/cli.js";
import { samplesOf } from "../support/document-samples.js";
import { repositoryRoot } from "../support/repository.js";
import { sampleBlock } from "../support/store-samples.js";

const document = "docs/operations.md";
const page = readFileSync(join(repositoryRoot, document), "utf8");

/** The lines of the only sample that begins so. */
function lines(begin: string): readonly string[] {
  const found = samplesOf(document).filter(({ text }) => text.startsWith(begin));
  assert.equal(found.length, 1, begin);
  return found[0]?.text.trimEnd().split("\n") ?? [];
}

describe("docs/operations.md", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  before(async () => {
    lab = await BrokerLab.open();
  });
  after(() => lab.close());

  it("has a first check that a broker passes", async () => {
    const broker = await lab.start();
    const checks = lines("portlease status\nportlease acquire");
    // It tries the host for half a minute: test/clients/cli/doctor.test.ts.
    for (const line of checks.filter((each) => each !== "portlease doctor")) {
      const words = line.split(" ").slice(1);
      const { exitCode, stderr } = await runInProcess([...words, "--address", broker.address]);
      assert.equal(exitCode, exitCodes.ok, stderr);
    }
  });

  it("has a backup that can be restored, and an uninstall that says first what it would do", async () => {
    const broker = await lab.start();
    await lab.caller(broker).acquire();
    await broker.kill("SIGTERM");
    const { dataDirectory } = broker.options;
    const folder = lab.newDirectory();
    const run = (line: string): Promise<CliResult> => {
      const words = line.split(" ").slice(1);
      const own = words.map((word) =>
        word
          .replace("/var/lib/portlease-new", join(folder, "new"))
          .replace("/var/lib/portlease", dataDirectory)
          .replace("portlease.jsonl", join(folder, "portlease.jsonl")),
      );
      return runCli(own);
    };
    for (const line of lines("portlease store export")) {
      const { exitCode, stderr } = await run(line);
      assert.equal(exitCode, exitCodes.ok, stderr);
    }
    assert.ok(existsSync(join(folder, "new", "portlease.db")));
    const [dry = "", real = ""] = lines("portlease uninstall");
    assert.equal((await run(dry)).exitCode, exitCodes.refused);
    assert.ok(existsSync(join(dataDirectory, "portlease.db")));
    assert.equal((await run(real)).exitCode, exitCodes.ok);
    assert.equal(existsSync(join(dataDirectory, "portlease.db")), false);
  });

  it("has the clean-up by hand that the program gives", () => {
    const ports = { firstPort: 50_000, lastPort: 50_255 };
    const block = sampleBlock("default-tcp-50000", { ports });
    const commands = [
      ...cleanUpByHand({ ...block, kind: "administered" }, "win32"),
      ...cleanUpByHand({ ...block, kind: "persistent" }, "win32"),
      ...cleanUpByHand({ ...block, kind: "administered" }, "linux"),
    ];
    assert.equal(commands.length, 4);
    for (const command of commands) assert.ok(page.includes(command), command);
  });

  it("names files of this repository that exist", () => {
    for (const [, path = ""] of page.matchAll(/`((?:src|test|scripts|deploy)\/[\w./-]+)`/g)) {
      assert.ok(existsSync(join(repositoryRoot, path)), path);
    }
  });

  it("names only alerts that there are", () => {
    const alerts = readFileSync(join(repositoryRoot, "docs", "alerts.md"), "utf8");
    for (const [, name = ""] of page.matchAll(/`(Portlease\w+)`/g)) {
      assert.ok(alerts.includes(`## ${name}\n`), name);
    }
  });
});
