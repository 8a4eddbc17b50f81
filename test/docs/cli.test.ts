// docs/cli.md against the program: every command with its role and its options, and every example with what it prints, to the letter.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { exitCodeMeanings } from "#cli/exit-codes.js";
import { processOutput } from "#cli/output.js";
import { buildProgram } from "#cli/program.js";
import { runInProcess } from "../support/cli-in-process.js";
import { startPageBroker } from "../support/cli-page-broker.js";
import { cliPath, finished } from "../support/cli.js";
import { samplesOf } from "../support/document-samples.js";
import type { FakeBroker } from "../support/fake-broker.js";
import { repositoryRoot } from "../support/repository.js";
import { recordOutput } from "../support/test-output.js";

const page = readFileSync(join(repositoryRoot, "docs", "cli.md"), "utf8");

interface Leaf {
  readonly name: string;
  readonly command: Command;
}

function leavesOf(command: Command, path: readonly string[] = []): readonly Leaf[] {
  const own = { name: path.join(" "), command };
  if (command.commands.length === 0) return [own];
  const further = command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== "help")
    .flatMap((each) => leavesOf(each, [...path, each.name()]));
  // "fleet" does something itself, beside what its subcommands do.
  return path.length > 0 && command.options.length > 0 ? [own, ...further] : further;
}

const leaves = leavesOf(await buildProgram(processOutput, () => undefined));

/** What stands under a heading, up to the next one. */
function section(heading: string): string {
  const [, rest] = page.split(`\n${heading}\n`);
  assert.ok(rest !== undefined, `there is no "${heading}"`);
  return rest.split(/^#/m, 1)[0] ?? "";
}

function optionsIn(text: string): readonly string[] {
  return [...text.matchAll(/^\| `(?:-\w, )?(--[a-z-]+)/gm)].map(([, name = ""]) => name);
}

function helpOf({ command }: Leaf): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => void (text += part) });
  command.outputHelp();
  return text;
}

/** Those of a group count where the section says so. */
function groupOptions(text: string): readonly string[] {
  return ["every call", "lists", "watching"].flatMap((group) =>
    text.includes(`[${group}](`) ? optionsIn(section(`### Options of ${group}`)) : [],
  );
}

/** These have pages of their own, with tests of their own. */
const elsewhere = new Set(["fleet", "run", "serve"]);

describe("docs/cli.md", () => {
  it("lists every command, with what it does and the role that its --help says", () => {
    const rows = [
      ...page.matchAll(/^\| \[`([a-z ]+)`\]\(#([a-z-]+)\) +\| (.*?) +\| ([a-z ]+?) +\|$/gm),
    ];
    const told = rows.map(([, name, anchor, description, role]) => [
      name,
      anchor,
      description,
      role,
    ]);
    const actual = leaves.map((leaf) => [
      leaf.name,
      `portlease-${leaf.name.replaceAll(" ", "-")}`,
      leaf.command.description(),
      /Needs the role ([a-z ]+);/.exec(helpOf(leaf))?.[1] ?? "none",
    ]);
    assert.deepEqual(told, actual);
  });

  for (const { name, command } of leaves.filter((leaf) => !elsewhere.has(leaf.name))) {
    it(`has the options of ${name}, and no other`, () => {
      const text = section(`## portlease ${name}`);
      const actual = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? "");
      const told = [...optionsIn(text), ...groupOptions(text)];
      assert.deepEqual(new Set(told), new Set(actual));
    });
  }

  it("has the exit codes", () => {
    const rows = [...section("## Exit codes").matchAll(/^\| (\d+) +\| (.*?) +\|$/gm)];
    const told = rows.map(([, code = "", meaning]) => [code, meaning]);
    assert.deepEqual(told, Object.entries(exitCodeMeanings));
  });

  it("has a --help for each command with examples that it can read, and exit codes", () => {
    for (const leaf of leaves) {
      const help = helpOf(leaf);
      const examples = [...help.matchAll(/^ {2}portlease (.*?)(?: {3}|$)/gm)];
      assert.ok(examples.length > 0, `${leaf.name} has no example`);
      for (const [, words = ""] of examples) {
        const [first = ""] = leaf.name.split(" ");
        assert.ok(words.startsWith(first), `${leaf.name}: portlease ${words}`);
        const [own = ""] = words.split(/ -- | > | < /);
        for (const [option] of own.matchAll(/(?<= )--[a-z-]+/g)) {
          const known = leaf.command.options.some(({ long }) => long === option);
          assert.ok(known, `${leaf.name} has no ${option}`);
        }
      }
      assert.match(help, leaf.name === "run" ? /Exits with/ : /^Exit codes:\n {2}0 /m);
    }
  });

  describe("examples", function () {
    this.timeout(120_000);
    let broker: FakeBroker;
    let folder = "";
    before(async () => {
      broker = await startPageBroker();
      folder = mkdtempSync(join(tmpdir(), "portlease-page-"));
      writeFileSync(join(folder, "key.txt"), "the-key\n");
    });
    after(() => {
      broker.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const samples = samplesOf("docs/cli.md");
    const shown = samples
      .filter(({ language }) => language === "console")
      .flatMap(({ text }) => text.split(/^\$ /m).slice(1));
    for (const example of shown) {
      const [line = "", ...printed] = example.trimEnd().split("\n");
      it(`print what they say: ${line}`, async () => {
        const [program, ...words] = wordsOf(line);
        assert.equal(program, "portlease");
        const args = words.map((word) => (word === "key.txt" ? join(folder, word) : word));
        const { stdout, stderr } = await runInProcess([...args, "--address", broker.address]);
        assert.equal((stderr + stdout).trimEnd(), printed.join("\n"));
      });
    }

    it("for a shell do what they say", async function () {
      if (process.platform === "win32") this.skip();
      const places = [
        ".local/share/bash-completion/completions",
        ".zsh/completions",
        ".config/fish/completions",
      ];
      for (const place of places) mkdirSync(join(folder, place), { recursive: true });
      writeFileSync(
        join(folder, "portlease"),
        `#!/bin/sh\nexec '${process.execPath}' '${cliPath}' "$@"\n`,
      );
      chmodSync(join(folder, "portlease"), 0o755);
      const script = samples.filter(({ language }) => language === "sh").map(({ text }) => text);
      const child = spawn("sh", ["-e", "-c", script.join("\n")], {
        env: {
          PATH: `${folder}:${process.env["PATH"]}`,
          HOME: folder,
          PORTLEASE_ADDRESS: broker.address,
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      recordOutput(child, "cli-page-sample");
      const { exitCode, stdout, stderr } = await finished(child);
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /^revoked 01phak3ez5b-fw3949my/m);
      assert.deepEqual(
        places.map((place) => readdirSync(join(folder, place)).length),
        [1, 1, 1],
      );
    });
  });
});

/** The words of a command line, some of them in single quotes. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare = ""]) => quoted ?? bare);
}
