// What may follow on half-written command lines. The scripts of the shells only pass the question on.

import assert from "node:assert/strict";
import { completionLines } from "#cli/completion/answer.js";
import type { Sources, Subject } from "#cli/completion/candidates.js";
import { buildProgram } from "#cli/program.js";
import { processOutput } from "#cli/output.js";

const asked: Subject[] = [];
const known: Readonly<Record<Subject, readonly string[]>> = {
  pools: ["default", "web"],
  leases: ["lease-1", "lease-2"],
  blocks: ["default-tcp-20000"],
  services: ["orders", "fake\nlease"],
  hosts: ["web-1", "web-2"],
};
const sources: Sources = {
  find: (subject) => {
    asked.push(subject);
    return Promise.resolve(known[subject].map((text) => ({ text, description: subject })));
  },
};
const program = await buildProgram(processOutput, () => undefined);

/** The last word is the one under the cursor. */
async function complete(line: string): Promise<readonly string[]> {
  asked.length = 0;
  const words = line.split(" ").slice(1);
  const lines = await completionLines(program, words.slice(0, -1), words.at(-1) ?? "", sources);
  return lines.map((each) => each.split("\t", 1)[0] ?? "");
}

describe("completion", () => {
  it("has commands, with what they do, but no hidden ones", async () => {
    const commands = await complete("portlease ");
    assert.ok(commands.includes("status") && commands.includes("completion"));
    assert.ok(!commands.includes("__complete"));
    const lines = await completionLines(program, [], "stat", sources);
    assert.deepEqual(lines, [
      "status\tshow the broker, its pools and what is wrong, on one screen",
      ":candidates",
    ]);
    assert.deepEqual(asked, []);
  });

  it("has subcommands, also beside what a command means without one", async () => {
    assert.deepEqual(await complete("portlease quota "), [
      "ls",
      "set",
      "reset",
      "help",
      ":candidates",
    ]);
    assert.deepEqual(await complete("portlease store ch"), ["check", ":candidates"]);
  });

  it("has the subcommands of the fleet, its hosts and its services", async () => {
    const subcommands = await complete("portlease fleet ");
    for (const name of "status hosts host leases find problems watch forget".split(" ")) {
      assert.ok(subcommands.includes(name), name);
    }
    assert.deepEqual(await complete("portlease fleet host "), ["web-1", "web-2", ":candidates"]);
    assert.deepEqual(await complete("portlease fleet leases --host web-2"), [
      "web-2",
      ":candidates",
    ]);
    assert.deepEqual(await complete("portlease fleet find ord"), ["orders", ":candidates"]);
    assert.ok((await complete("portlease fleet find orders --")).includes("--first"));
    assert.ok((await complete("portlease fleet --et")).includes("--etcd"));
  });

  it("has options, also those of the subcommand that is meant", async () => {
    assert.deepEqual(await complete("portlease ls --or"), ["--order-by", ":candidates"]);
    assert.deepEqual(await complete("portlease pools --wat"), ["--watch", ":candidates"]);
  });

  it("has the choices of options, in both ways to write them", async () => {
    assert.deepEqual(await complete("portlease ls --output "), [
      "table",
      "wide",
      "json",
      "yaml",
      "name",
      ":candidates",
    ]);
    assert.deepEqual(await complete("portlease ls --output=y"), ["--output=yaml", ":candidates"]);
    assert.deepEqual(await complete("portlease ls -o w"), ["wide", ":candidates"]);
    assert.deepEqual(await complete("portlease completion f"), ["fish", ":candidates"]);
  });

  it("asks the broker for names", async () => {
    const names: readonly (readonly [line: string, ...expected: string[]])[] = [
      ["portlease acquire --pool ", "default", "web"],
      ["portlease acquire --service x --pool=w", "--pool=web"],
      ["portlease get ", "lease-1", "lease-2"],
      ["portlease history --lease l", "lease-1", "lease-2"],
      ["portlease drain --undo ", "default-tcp-20000"],
      ["portlease blocks remove d", "default-tcp-20000"],
      ["portlease pools set ", "default", "web"],
      ["portlease quota set o", "orders"],
    ];
    for (const [line, ...expected] of names) {
      assert.deepEqual(await complete(line), [...expected, ":candidates"], line);
      assert.equal(asked.length, 1);
    }
  });

  it("offers of several arguments each once, and nothing where no argument follows", async () => {
    assert.deepEqual(await complete("portlease revoke lease-1 "), ["lease-2", ":candidates"]);
    assert.deepEqual(await complete("portlease pin "), [":nothing"]);
    assert.ok((await complete("portlease get lease-1 ")).includes("--json"));
  });

  it("leaves out what could fake another line", async () => {
    assert.deepEqual(await complete("portlease acquire --service "), ["orders", ":candidates"]);
  });

  it("leaves files, and the words of other programs, to the shell", async () => {
    for (const line of [
      "portlease ls --token-file ",
      "portlease serve --config x",
      "portlease store import ",
      "portlease run ",
      "portlease run --service x node ser",
      "portlease run -- no",
    ]) {
      assert.deepEqual(await complete(line), [":files"], line);
    }
  });

  it("says nothing of values that nobody knows", async () => {
    assert.deepEqual(await complete("portlease ls --filter "), [":nothing"]);
    assert.deepEqual(await complete("portlease nonsense "), [":nothing"]);
  });
});
