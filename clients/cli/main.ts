#!/usr/bin/env node
// The CLI `portlease`: parses the command line, runs one command, and turns whatever goes wrong into one line and an exit code.

import { CommanderError } from "commander";
import { toFailure } from "./cli-failure.js";
import { commandNamed } from "./command-named.js";
import { exitCodes } from "./exit-codes.js";
import { endureBrokenPipes, processOutput, tellFailure } from "./output.js";
import { buildProgram } from "./program.js";
import { subcommandTypo } from "./subcommand-typo.js";

async function main(words: readonly string[]): Promise<void> {
  const setExitCode = (exitCode: number): void => {
    process.exitCode = exitCode;
  };
  const program = await buildProgram(processOutput, setExitCode, words);
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    // --help and --version end this way too.
    if (error instanceof CommanderError && error.exitCode === 0) return;
    // A command was missing, and the help was shown instead.
    if (error instanceof CommanderError && error.code === "commander.help") {
      return setExitCode(exitCodes.usage);
    }
    const failure =
      subcommandTypo(program, words, error) ?? toFailure(error, commandNamed(program, words));
    tellFailure(processOutput, failure, wantsJson(words));
    // What is below is the program's own to exit with.
    const lowest = words[0] === "run" ? exitCodes.runFailed : exitCodes.ok;
    setExitCode(Math.max(lowest, failure.exitCode));
  }
}

/** Also true when the command line could not be parsed: whoever asked for JSON reads JSON. */
function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const own = words.slice(0, end === -1 ? undefined : end);
  const asked = own.some(
    (word, at) =>
      word === "--json" ||
      /^(?:--output=|-o=?)json$/.test(word) ||
      (isOutput(word) && own[at + 1] === "json"),
  );
  return words[0] !== "run" && asked;
}

function isOutput(word: string): boolean {
  return word === "--output" || word === "-o";
}

const given = process.argv.slice(2);
endureBrokenPipes(given[0] !== "serve" && given[0] !== "run");
await main(given);
