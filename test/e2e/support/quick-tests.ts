// The compiled quick tests of this checkout, to be run by another program than the one that runs the tests.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { repositoryRoot } from "../../support/repository.js";
import { recordOutput } from "../../support/test-output.js";

/**
 * These look at the checkout and not at the program, or run it as a Windows program under a Node of Windows: the Node version here is
 * nothing to them.
 */
const otherTests = /^(?:architecture|docs|delivery|wine)\/|\.wine\.test\.ts$/;

/** See scripts/test/plan.mjs. */
const runsAlone = /^\/\/ Runs alone: /m;

/** Runs those that run alone, or all others, and passes when they do. */
export async function passQuickTests(
  node: string,
  major: string,
  which: "alone" | "others",
): Promise<void> {
  const files = quickTests(which === "alone");
  const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");
  const words = [mocha, "--reporter", "dot", ...files];
  const child = spawn(node, words, { cwd: repositoryRoot, stdio: ["ignore", "pipe", "pipe"] });
  recordOutput(child, `node-${major}`);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  const [exitCode] = (await once(child, "close")) as [number | null];
  assert.equal(exitCode, 0, output);
  assert.match(output, /^ {2}\d+ passing/m);
}

/** Only those whose sources exist. */
function quickTests(alone: boolean): readonly string[] {
  const sources = join(repositoryRoot, "test");
  return readdirSync(sources, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith(".test.ts") && !name.endsWith(".deep.test.ts"))
    .map(({ parentPath, name }) => relative(sources, join(parentPath, name)))
    .filter((path) => !otherTests.test(path))
    .filter((path) => runsAlone.test(readFileSync(join(sources, path), "utf8")) === alone)
    .map((path) => join(repositoryRoot, ".build", "test", path.replace(/\.ts$/, ".js")))
    .toSorted();
}
