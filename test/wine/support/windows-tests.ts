// Runs tests of this repository with mocha on the lab's Windows Node, and takes over how they went.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../../support/repository.js";

export interface WindowsTests {
  readonly nodeMajor: 20 | 22;
  /** Folders or files of tests, from the root of the repository. */
  readonly paths: readonly string[];
  /** Such as PORTPOOL_GUESSES. */
  readonly environment?: Readonly<Record<string, string>>;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Resolves with how many tests passed. Rejects with mocha's whole output when one failed or was left out, or none was run. */
export async function passWindowsTests({
  nodeMajor,
  paths,
  environment = {},
}: WindowsTests): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "portlease-windows-tests-"));
  const summary = join(folder, "counts.json");
  const script = join(repositoryRoot, "scripts", "test-wine.mjs");
  const options = ["--no-build", "--node", String(nodeMajor), "--summary", summary];
  const child = spawn(process.execPath, [script, ...options, ...paths], {
    env: { ...process.env, NO_COLOR: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  const [exitCode] = (await once(child, "close")) as [number];
  const counts = exitCode === 0 ? (JSON.parse(readFileSync(summary, "utf8")) as Counts) : null;
  rmSync(folder, { recursive: true });
  assert.ok(counts !== null, `the tests on Windows Node ${nodeMajor} did not pass:\n${output}`);
  assert.ok(counts.passed > 0 && counts.failed === 0 && counts.skipped === 0, output);
  return counts.passed;
}
