// The completion script in a real bash: what it makes of half-written command lines, as bash splits them.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { finished } from "../../../support/cli.js";
import { startPageBroker } from "../../../support/cli-page-broker.js";
import { type CompletionShell, openCompletionShell } from "../../../support/completion-shell.js";
import type { FakeBroker } from "../../../support/fake-broker.js";
import { recordOutput } from "../../../support/test-output.js";

/** What bash has in COMP_WORDS for each line, and what it is to be completed with. */
const lines: readonly (readonly [words: readonly string[], expected: readonly string[]])[] = [
  [["quo"], ["quota"]],
  // "=" is a word of its own, so only what is behind it is replaced.
  [["ls", "--output", "=", "j"], ["json"]],
  [
    ["ls", "--output", "="],
    ["table", "wide", "json", "yaml", "name"],
  ],
  [["ls", "--address", "127.0.0.1", ":", "1", "--output", "y"], ["yaml"]],
  [["get", "01phak3ez5b"], ["01phak3ez5b-fw3949my"]],
  [["ls", "--filter", ""], []],
];

describe("completion in bash", function () {
  this.timeout(120_000);
  let broker: FakeBroker;
  let shell: CompletionShell;

  before(async function () {
    if (process.platform === "win32") return this.skip();
    broker = await startPageBroker();
    shell = openCompletionShell(broker.address);
  });
  after(() => {
    broker?.stop();
    shell?.dispose();
  });

  it("completes commands, options, their choices, and names that the broker knows", async () => {
    const script = await shell.script("bash");
    const quoted = (text: string): string => `'${text}'`;
    const asks = lines.map(([words]) => {
      const all = ["portlease", ...words].map(quoted).join(" ");
      return `COMP_WORDS=(${all}); COMP_CWORD=${words.length}; _portlease; echo "\${COMPREPLY[*]}"`;
    });
    const commands = [`source '${script}'`, "complete -p portlease", ...asks].join("\n");
    const child = spawn("bash", ["--norc", "-u", "-c", commands], { env: shell.environment });
    recordOutput(child, "bash");
    const { stdout, stderr } = await finished(child);
    assert.equal(stderr, "");
    const [registered, ...answers] = stdout.trimEnd().split("\n");
    assert.equal(registered, "complete -F _portlease portlease");
    const told = answers.map((answer) => answer.split(" ").filter(Boolean));
    // The last line has no answer, and an empty line at the end is cut off.
    assert.deepEqual(
      lines.map(([words], index) => [words.join(" "), told[index] ?? []]),
      lines.map(([words, expected]) => [words.join(" "), expected]),
    );
  });

  it("says nothing, and soon, without a broker", async () => {
    const script = await shell.script("bash");
    const commands = `source '${script}'; COMP_WORDS=(portlease get ''); COMP_CWORD=2; _portlease; echo "<\${COMPREPLY[*]}>"`;
    const environment = { ...shell.environment, PORTLEASE_ADDRESS: "127.0.0.1:1" };
    const child = spawn("bash", ["--norc", "-c", commands], { env: environment });
    recordOutput(child, "bash");
    const { stdout, stderr } = await finished(child);
    assert.deepEqual([stdout, stderr], ["<>\n", ""]);
  });
});
