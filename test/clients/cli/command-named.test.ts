// Whose --help a wrong command line is sent to: an option of "acquire" stands in the help of "acquire", not in that of portlease.

import assert from "node:assert/strict";
import { Command } from "commander";
import { commandNamed } from "#cli/command-named.js";

describe("the command that a command line names", () => {
  const program = new Command("portlease");
  program.command("acquire");
  program.command("quota").command("set");

  it("is the innermost one, whatever follows it", () => {
    assert.equal(commandNamed(program, ["acquire", "--port-count", "4"]), "portlease acquire");
    assert.equal(commandNamed(program, ["quota", "set", "orders"]), "portlease quota set");
    assert.equal(commandNamed(program, ["quota", "--json"]), "portlease quota");
  });

  it("is the program itself when none is named", () => {
    assert.equal(commandNamed(program, []), "portlease");
    assert.equal(commandNamed(program, ["--jsn", "acquire"]), "portlease");
  });
});
