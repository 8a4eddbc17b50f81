// npm run check: the one gate, here and in CI. Runs every check even when one fails, and says at the end which did.
// --no-tests leaves the tests out.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { checkNodeVersion, compile, installIfNeeded, root, runNode, toolPath } from "./prepare.mjs";

const sourceFolders = ["src", "clients", "test", "scripts", "bench"];

checkNodeVersion();
installIfNeeded();

const tool =
  (packageName, command, ...args) =>
  () =>
    runNode([toolPath(packageName, command), ...args]);
const script =
  (name, ...args) =>
  () =>
    runNode([join(root, "scripts", name), ...args]);

/** @type {[name: string, run: () => number | Promise<number>][]} */
const steps = [
  ["types", () => compile("tsconfig.json")],
  ["lint", tool("oxlint", "oxlint", "--type-aware", "--deny-warnings", ...sourceFolders)],
  ["format", tool("prettier", "prettier", "--check", "--log-level", "warn", ".")],
  ["proto format", tool("@bufbuild/buf", "buf", "format", "--diff", "--exit-code")],
  ["proto lint", tool("@bufbuild/buf", "buf", "lint")],
  ["proto breaking", breaking],
  ["generated code", script("gen.mjs", "--check")],
  ...(process.argv.includes("--no-tests") ? [] : [["tests", script("test.mjs")]]),
];

const failed = [];
for (const [name, run] of steps) {
  console.log(`\n== ${name}`);
  const startMs = performance.now();
  const exitCode = await run();
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  console.log(`-- ${name}: ${exitCode === 0 ? "ok" : "FAILED"} (${seconds} s)`);
  if (exitCode !== 0) failed.push(name);
}
console.log(failed.length === 0 ? "\nall checks passed" : `\nfailed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Compares the API with that of main. Nothing to compare with: a checkout without git, or main without an API. */
function breaking() {
  const ref = ["main", "origin/main"].find((name) => hasProto(name));
  if (ref === undefined) {
    console.log("skipped: there is no branch main with a folder proto here");
    return 0;
  }
  return runNode([toolPath("@bufbuild/buf", "buf"), "breaking", "--against", `.git#ref=${ref}`]);
}

function hasProto(ref) {
  const args = ["ls-tree", "--name-only", ref, "proto"];
  const { status, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  return status === 0 && stdout.trim() === "proto";
}
