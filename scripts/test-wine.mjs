// npm run test:wine: runs the tests that make sense on Windows with the Windows Node of the Wine lab, as mocha runs there, and
// then the end-to-end tests, which start Windows programs from here.
//   npm run test:wine -- --node 22 test/native       one Node only; folders or files of tests; other options go to mocha
// Ends with one line of counts, like npm test. --summary FILE writes them as JSON too; --no-build takes the lab as it is, and
// leaves the end-to-end tests out: it is for tests that run those of Windows.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildProgram } from "./bundle-program.mjs";
import { checkNodeVersion, fail, installIfNeeded, root } from "./prepare.mjs";
import { leakedSecrets } from "./secret-search.mjs";
import { lab as labFolder, prefix, windowsPath } from "./wine/lab-paths.mjs";
import { readLab, spawnWindowsNode } from "./wine/run-windows-node.mjs";
import { labIsSetUp, setUpLab } from "./wine/set-up.mjs";
import { startPrefix, stopPrefix } from "./wine/wine-prefix.mjs";
import { endToEndTests, runEndToEnd } from "./wine/run-end-to-end.mjs";
import { windowsTests } from "./wine/windows-tests.mjs";

/** A test may start a dozen programs, each of which takes a second under Wine, and several where the machine is busy. */
const testMsMax = 90_000;

const { majors, paths, mochaOptions, summary, build } = readArguments(process.argv.slice(2));
checkNodeVersion();
if (!labIsSetUp()) fail("there is no Wine lab yet; run: npm run wine:setup");
if (build) {
  installIfNeeded();
  if (buildProgram("tsconfig.json") !== 0) fail("the build failed, so no test was run; see above");
  await setUpLab();
  startPrefix();
}
const lab = readLab();
const tests = windowsTests(paths);
const endToEnd = build ? endToEndTests(paths) : [];
if (tests.length + endToEnd.length === 0) fail("no test here runs on Windows");

const total = { passed: 0, failed: 0, skipped: 0 };
const add = (counts) => {
  for (const key of Object.keys(total)) total[key] += counts[key];
};
for (const major of tests.length === 0 ? [] : (majors ?? Object.keys(lab.nodes))) {
  console.log(`\nWindows Node ${major} under Wine`);
  add(await runMocha(major));
}
// Those that need a further program, such as grpcurl, are skipped without it; under Wine nothing may be.
const skippedOnWindows = total.skipped;
if (endToEnd.length > 0) {
  console.log("\nEnd to end, from this machine");
  add(await runEndToEnd(endToEnd, mochaOptions));
}
if (build) stopPrefix();
removeTemporaryFiles();
if (summary !== null) writeFileSync(summary, `${JSON.stringify(total)}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && skippedOnWindows === 0 && total.passed > 0 ? 0 : 1;

function readArguments(words) {
  const read = { majors: null, paths: [], mochaOptions: [], summary: null, build: true };
  while (words.length > 0) {
    const word = words.shift();
    if (word === "--node") read.majors = [words.shift()];
    else if (word === "--summary") read.summary = words.shift();
    else if (word === "--no-build") read.build = false;
    else if (existsSync(join(root, word))) read.paths.push(word);
    else if (word.startsWith("-") && !word.includes("="))
      read.mochaOptions.push(word, words.shift() ?? "");
    else read.mochaOptions.push(word);
  }
  return read;
}

/** One run of mocha under Wine, with a pool of its own. Resolves with its counts; a run that died counts as one failure. */
async function runMocha(major) {
  const folder = join(labFolder, "runs", `${process.pid}-node${major}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "output"), { recursive: true });
  const counts = join(folder, "counts.json");
  const mocha = ["node_modules/mocha/bin/mocha.js", "--no-config", "--forbid-only"];
  const reporter = ["--reporter", "./scripts/test-reporter.mjs", "--timeout", String(testMsMax)];
  const args = ["--enable-source-maps", ...mocha, ...reporter, ...mochaOptions, ...tests];
  const env = {
    PORTPOOL_FILE: windowsPath(join(folder, "pool.dat")),
    // For PortPool.ofThisProcess() in test/wine/support/port-pool.ts.
    PORTPOOLCTL: windowsPath(lab.portpoolctl),
    PORTLEASE_TEST_SUMMARY: windowsPath(counts),
    // Searched for secrets below, as in scripts/test.mjs.
    PORTLEASE_TEST_OUTPUT: windowsPath(join(folder, "output")),
  };
  const child = spawnWindowsNode(lab, major, args, {
    cwd: lab.app,
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  process.on("SIGINT", () => child.kill("SIGKILL"));
  const exitCode = await new Promise((resolve) => {
    child.on("error", (error) => fail(`wine could not be started: ${error.message}`));
    child.on("exit", (code) => resolve(code ?? 1));
  });
  const leaks = leakedSecrets(join(folder, "output"));
  for (const leak of leaks) console.error(`portlease: ${leak}`);
  const result = existsSync(counts) ? JSON.parse(readFileSync(counts, "utf8")) : null;
  rmSync(folder, { recursive: true, force: true });
  if (result !== null && (exitCode === 0 || result.failed > 0)) {
    return { ...result, failed: result.failed + leaks.length };
  }
  console.error(`portlease: mocha under Wine ended with ${exitCode} and without a full report`);
  return { ...(result ?? { passed: 0, skipped: 0 }), failed: 1 };
}

/** What tests could not remove: Windows keeps open files. Wine gives every program the same folder for them. */
function removeTemporaryFiles() {
  const users = join(prefix, "drive_c", "users");
  for (const user of readdirSync(users)) {
    const folder = join(users, user, "Temp");
    const names = existsSync(folder) ? readdirSync(folder) : [];
    for (const name of names.filter((each) => each.startsWith("portlease-"))) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}
