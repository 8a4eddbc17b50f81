// Runs a command of the CLI inside the test's process, which is much faster than a process of its own. For commands that end, and
// read nothing of stdin; the environment is the test's, so the address is always to be given.

import { CommanderError } from "commander";
import { toFailure } from "#cli/cli-failure.js";
import { exitCodes } from "#cli/exit-codes.js";
import { type Output, tellFailure } from "#cli/output.js";
import { buildProgram } from "#cli/program.js";
import { type Display, plainDisplay } from "#cli/terminal/display.js";
import type { CliResult } from "./cli.js";
import { recordText } from "./test-output.js";

export async function runInProcess(
  args: readonly string[],
  display: Display = plainDisplay,
): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  const output: Output = {
    line: (text) => void (stdout += `${text}\n`),
    json: (document) => void (stdout += `${JSON.stringify(document, null, 2)}\n`),
    compactJson: (document) => void (stdout += `${JSON.stringify(document)}\n`),
    text: (text) => void (stdout += text),
    note: (text) => void (stderr += `portlease: ${text}\n`),
    display: () => display,
  };
  let exitCode: number = exitCodes.ok;
  const program = await buildProgram(output, (code) => (exitCode = code), args);
  program.configureOutput({ writeOut: (text) => void (stdout += text) });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) {
      const failure = toFailure(error);
      tellFailure(output, failure, args.includes("--json"));
      ({ exitCode } = failure);
    }
  }
  recordText(stdout + stderr, `cli-${args[0] ?? "none"}`);
  return { exitCode, signal: null, stdout, stderr };
}
