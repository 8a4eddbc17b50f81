// The samples of the README, run as they stand there.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BrokerLab } from "../support/broker-lab.js";
import { runCli } from "../support/cli.js";
import { recordOutput } from "../support/test-output.js";
import { repositoryRoot } from "../support/repository.js";

function readFile(name: string): string {
  return readFileSync(join(repositoryRoot, name), "utf8");
}

/** The only sample in a language. */
function sample(document: string, language: string): string {
  const fences = [...readFile(document).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  const [found, ...others] = fences.filter(([, name]) => name === language);
  assert.ok(
    found?.[2] !== undefined && others.length === 0,
    `one ${language} sample in ${document}`,
  );
  return found[2];
}

describe("README.md", () => {
  let lab: BrokerLab;
  let folder = "";
  const programs: ChildProcess[] = [];

  before(async () => {
    lab = await BrokerLab.open();
    // Below the checkout, so that the sample finds @portlease/client as an application would.
    folder = mkdtempSync(join(repositoryRoot, ".build", "readme-"));
  });

  after(async () => {
    for (const program of programs) program.kill("SIGKILL");
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("has a service that leases its port and serves on it", async () => {
    const broker = await lab.start();
    const file = join(folder, "sample.mjs");
    writeFileSync(file, sample("README.md", "js"));
    const program = spawn(process.execPath, [file], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PORTLEASE_ADDRESS: broker.address },
    });
    programs.push(program);
    recordOutput(program, "readme-sample");
    const [line] = (await once(createInterface({ input: program.stdout }), "line")) as [string];
    const port = /^orders serves on port (\d+)$/.exec(line)?.[1];
    assert.ok(port !== undefined, line);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(await response.text(), "hello\n");
  });

  it("has every command of the command line, and no other", async () => {
    const rows = readFile("README.md").matchAll(/^\| `portlease (\w+)`(.*?)\|/gm);
    const told = [...rows].flatMap(([, first = "", rest = ""]) => [
      first,
      ...[...rest.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
    ]);
    const { stdout } = await runCli(["--help"]);
    const listed = stdout.split("\nCommands:\n")[1]?.split("\n\n")[0] ?? "";
    const actual = [...listed.matchAll(/^ {2}(\w+)/gm)].map(([, name = ""]) => name);
    assert.deepEqual([...told, "help"].toSorted(), actual.toSorted());
  });

  it("names only scripts, commands and files that exist", () => {
    const text = readFile("README.md") + readFile("CONTRIBUTING.md");
    const { scripts } = JSON.parse(readFile("package.json")) as { scripts: Record<string, string> };
    for (const [, name = ""] of text.matchAll(/npm run ([a-z:]+)/g)) {
      assert.ok(name in scripts, `npm run ${name}`);
    }
    for (const [, path = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.ok(existsSync(join(repositoryRoot, path)), path);
    }
  });
});
