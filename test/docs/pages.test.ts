// The pages about pools, the audit, and watches: their commands run as they stand there, and what they name is there.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exitCodes } from "#cli/exit-codes.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { finished, outputMatching, runCli, startCli } from "../support/cli.js";
import { load } from "../support/config-world.js";
import { repositoryRoot } from "../support/repository.js";

function readPage(name: string): string {
  return readFileSync(join(repositoryRoot, "docs", name), "utf8");
}

function samples(name: string, language: string): readonly string[] {
  return [...readPage(name).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, written]) => written === language)
    .map(([, , text = ""]) => text);
}

/** The words of a command line, some of them in single quotes. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare = ""]) => quoted ?? bare);
}

const everyPage = readdirSync(join(repositoryRoot, "docs")).filter((name) => name.endsWith(".md"));
const pages = ["pools.md", "audit.md", "watching.md"];
const commands = pages.flatMap((page) =>
  samples(page, "sh").flatMap((sample) => sample.trimEnd().split("\n")),
);

describe("the pages about pools, the audit and watches", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start();
  });

  after(() => lab.close());

  for (const command of commands) {
    it(`have a command that works: ${command}`, async () => {
      const [program, ...words] = wordsOf(command);
      assert.equal(program, "portlease");
      const args = [...words, "--address", broker.address];
      if (words[0] === "watch") {
        const watch = startCli(args);
        await outputMatching(watch.stdout, /\n/);
        const end = finished(watch);
        watch.kill();
        await end;
        return;
      }
      const { exitCode, stderr } = await runCli(args, { record: "stderr" });
      // Whether there are findings depends on what else runs on the host.
      const fine: unknown[] = words[0] === "audit" ? [exitCodes.ok, exitCodes.findings] : [0];
      assert.ok(fine.includes(exitCode), `${exitCode}: ${stderr}`);
    });
  }

  it("have a pool that a broker takes", () => {
    const [file = ""] = samples("pools.md", "yaml");
    const [pool] = load({ file }).config.pools;
    assert.deepEqual(
      [pool?.pick, pool?.sizeMax, pool?.staticPorts, pool?.ttlCrowdedMs],
      ["compact", 2_048, 32, 10_000],
    );
  });
});

describe("the documentation", () => {
  it("links only to files and headings that exist", () => {
    for (const name of everyPage) {
      for (const [, link = ""] of readPage(name).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [path = "", heading] = link.split("#");
        const file = path === "" ? join("docs", name) : join("docs", path);
        assert.ok(existsSync(join(repositoryRoot, file)), `${name}: ${link}`);
        if (heading === undefined) continue;
        assert.ok(headingsOf(file).includes(heading), `${name}: ${link}`);
      }
    }
  });

  it("has diagrams that are drawn as they are written: a semicolon would end a label", () => {
    for (const name of everyPage) {
      for (const diagram of samples(name, "mermaid")) assert.doesNotMatch(diagram, /;/, name);
    }
  });
});

/** As GitHub makes anchors of headings. */
function headingsOf(file: string): readonly string[] {
  const text = readFileSync(join(repositoryRoot, file), "utf8");
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
