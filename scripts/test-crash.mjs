// npm run test:crash -- --kills N [--seed S]: builds, kills the real broker N times under load, and prints one line of counts.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildProgram } from "./bundle-program.mjs";
import { checkNodeVersion, fail, installIfNeeded, root, toolEnvironment } from "./prepare.mjs";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "50" }, seed: { type: "string" } },
});
const kills = Number(values.kills);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isSafeInteger(kills) || kills < 1) fail("--kills is a whole number of at least 1");
if (!Number.isSafeInteger(seed) || seed < 0) fail("--seed is a whole number of at least 0");

checkNodeVersion();
installIfNeeded();
if (buildProgram("tsconfig.json") !== 0) fail("the build failed, so nothing was killed; see above");
const program = join(root, ".build", "test", "crash", "support", "crash-main.js");
const { status } = spawnSync(process.execPath, [program, String(kills), String(seed)], {
  cwd: root,
  env: { ...process.env, ...toolEnvironment() },
  stdio: "inherit",
});
process.exitCode = status ?? 1;
