// docs/run.md against `portlease run`: its options, what the program is told, and its samples.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { childEnvironment } from "#cli/run/child-environment.js";
import { finished, runCli, startCli } from "../support/cli.js";
import { repositoryRoot } from "../support/repository.js";
import { startTestBroker, type TestBroker } from "../support/running-broker.js";

const page = readFileSync(join(repositoryRoot, "docs", "run.md"), "utf8");

/** The rows of the section with this heading, each as its cells. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const [, section = ""] = page.split(new RegExp(`^#+ ${heading}$`, "m"));
  const table = /(^\|.*\n)+/m.exec(section)?.[0] ?? "";
  return table
    .trimEnd()
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const samples = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, text = ""]) =>
  text.trimEnd().split("\n"),
);

describe("docs/run.md", function () {
  this.timeout(30_000);

  it("has the options that there are", async () => {
    const { stdout } = await runCli(["run", "--help"]);
    const [, listed = ""] = /^Options:\n([\s\S]*?)\n\n/m.exec(stdout) ?? [];
    const there = [...listed.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option);
    const written = rowsOf("Options").map(([option = ""]) => /--[a-z-]+/.exec(option)?.[0]);
    assert.ok(there.length > 10, stdout);
    assert.deepEqual(new Set(written), new Set(there));
  });

  it("has the variables that the program gets", () => {
    const environment = childEnvironment(
      {},
      {
        leases: [{ name: "http", leaseId: "l", generation: 1n }],
        leasedPorts: [{ port: 1 }],
        programPorts: [{ name: "http", port: 1 }],
        brokerAddress: "b",
        asked: [],
        added: {},
      },
    );
    const written = rowsOf("What the program is told").flatMap(([names = "", when = ""]) =>
      when === "always" || when === "`--lease`"
        ? [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name.replace("<NAME>", "HTTP"))
        : [],
    );
    assert.deepEqual(new Set(written), new Set(Object.keys(environment)));
  });

  describe("samples", () => {
    let broker: TestBroker;

    before(async function () {
      // Descriptors, and programs of Linux.
      if (process.platform !== "linux") this.skip();
      broker = await startTestBroker();
    });
    after(() => broker.dispose());

    for (const sample of samples) {
      it(`has options that are taken: ${sample}`, async () => {
        const [, words = ""] = /^portlease (run(?: .*?)?) -- /.exec(sample) ?? [];
        assert.notEqual(words, "");
        // The programs of the samples are not here, and the test's broker has its own pools.
        const args = words.split(" ").map((word) => word.replace(/pool:\w+/, "pool:default"));
        const program = ["--", "sh", "-c", "exit 7"];
        const udp = args.includes("udp");
        const child = startCli([
          ...args,
          "--address",
          broker.address,
          "--restart",
          "no",
          ...program,
        ]);
        const { exitCode, stderr } = await finished(child);
        // The pool of this broker has neither UDP nor the ports that a sample names.
        if (udp || sample.includes("must")) assert.match(stderr, /\[(PROTOCOL|PORT)_[A-Z_]+\]/);
        else assert.equal(exitCode, 7, stderr);
      });
    }
  });
});
