// The completion scripts in a real fish and a real zsh.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withoutColours } from "#cli/terminal/display-width.js";
import { finished } from "../../../support/cli.js";
import { startPageBroker } from "../../../support/cli-page-broker.js";
import { type CompletionShell, openCompletionShell } from "../../../support/completion-shell.js";
import type { FakeBroker } from "../../../support/fake-broker.js";
import { hasPseudoTerminals, PseudoTerminal } from "../../../support/pseudo-terminal.js";
import { recordOutput } from "../../../support/test-output.js";

describe("completion in other shells", function () {
  this.timeout(120_000);
  let broker: FakeBroker;
  let shell: CompletionShell;

  before(async () => {
    broker = await startPageBroker();
    shell = openCompletionShell(broker.address);
  });
  after(() => {
    broker?.stop();
    shell?.dispose();
  });

  describe("fish", () => {
    before(function () {
      if (!has("fish")) this.skip();
    });

    const lines: readonly (readonly [line: string, ...expected: string[]])[] = [
      ["portlease quo", "quota\tshow and change how many ports services may lease"],
      ["portlease ls --output y", "yaml"],
      ["portlease ls --output=j", "--output=json"],
      ["portlease get 01phak3ez5b", "01phak3ez5b-fw3949my\t20420-20423 reports"],
      ["portlease acquire --pool ", "default\t2% used"],
      ["portlease ls --filter "],
    ];
    for (const [line, ...expected] of lines) {
      it(`completes ${line}`, async () => {
        const script = await shell.script("fish");
        const commands = `source '${script}'; complete --do-complete '${line}'`;
        const child = spawn("fish", ["--no-config", "--command", commands], {
          env: shell.environment,
        });
        recordOutput(child, "fish");
        const { stdout } = await finished(child);
        assert.deepEqual(
          stdout
            .split("\n")
            .filter(Boolean)
            .map((each) => each.trimEnd()),
          expected,
        );
      });
    }

    it("leaves files to fish", async () => {
      writeFileSync(join(shell.folder, "some-token"), "");
      const script = await shell.script("fish");
      const commands = `source '${script}'; complete --do-complete 'portlease ls --token-file ${shell.folder}/some-'`;
      const child = spawn("fish", ["--no-config", "--command", commands], {
        env: shell.environment,
      });
      recordOutput(child, "fish");
      assert.match((await finished(child)).stdout, /some-token/);
    });
  });

  describe("zsh", () => {
    let terminal: PseudoTerminal | undefined;
    before(function () {
      if (!has("zsh") || !hasPseudoTerminals()) this.skip();
    });
    afterEach(() => terminal?.close());

    /** The line after a press of Tab. */
    const lines: readonly (readonly [typed: string, expected: string])[] = [
      ["portlease quo", "portlease quota "],
      ["portlease ls --output y", "portlease ls --output yaml "],
      ["portlease ls --output=j", "portlease ls --output=json "],
      ["portlease get 01phak3ez5b", "portlease get 01phak3ez5b-fw3949my "],
      ["portlease ls --token-file ~/some-", "portlease ls --token-file ~/some-token "],
    ];

    it("completes what is typed", async () => {
      writeFileSync(join(shell.folder, "some-token"), "");
      const script = await shell.script("zsh");
      const setup = [
        "PROMPT='> '",
        // What is typed is written as it is, and shown alone on a line by the widget below.
        "unsetopt zle_bracketed_paste 2> /dev/null",
        "unset zle_bracketed_paste",
        "autoload -Uz compinit && compinit -u -D",
        `source '${script}'`,
        'show-line() { print -r -- "<$BUFFER>"; BUFFER=; zle reset-prompt }',
        "zle -N show-line",
        "bindkey '^X' show-line",
        "print ready",
      ];
      const file = join(shell.folder, "setup.zsh");
      writeFileSync(file, `${setup.join("\n")}\n`);
      const environment = { ...shell.environment } as Record<string, string>;
      terminal = PseudoTerminal.start("zsh -f -i", { columns: 200, rows: 40, environment });
      terminal.type(`source '${file}'\r`);
      await terminal.until(/^ready/m);
      for (const [typed, expected] of lines) {
        const from = terminal.shown.length;
        terminal.type(`${typed}\t\u0018`);
        await terminal.until(/<[^>\r\n]*>/, from);
        const shown: string = withoutColours(terminal.shown.slice(from));
        assert.equal(/<([^>\r\n]*)>/.exec(shown)?.[1], expected);
      }
      terminal.type("exit\r");
      await terminal.end;
    });
  });
});

function has(program: string): boolean {
  return spawnSync(program, ["--version"]).status === 0;
}
