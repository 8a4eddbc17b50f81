// What must hold of every failure of the CLI.

import assert from "node:assert/strict";
import type { CliResult } from "./cli.js";

/** One line for people that matches, with what else there is to say indented below it; no stack, nothing on stdout. */
export function assertFails(result: CliResult, exitCode: number, line: RegExp): void {
  assert.equal(result.exitCode, exitCode, result.stderr);
  assert.match(result.stderr, line);
  assert.match(result.stderr, /^portlease: [^\n]+\n(?: {2}\S[^\n]*\n)*$/);
  assert.doesNotMatch(result.stderr, /^ +at /m);
  assert.equal(result.stdout, "");
}
