// npm test: installs, builds, runs the tests and ends with one line of counts. --deep runs the deep tests instead.
// Other arguments are files or folders of tests, or go to mocha: npm test -- test/server/config --grep "did you mean"
//
// The files are run in two lanes, which are two processes: most tests wait for programs most of the time. scripts/test/plan.mjs
// says which may not run beside each other. --lanes 1, or PORTLEASE_TEST_LANES=1, runs one file after the other.
//
// All output, that of every program the tests start included, is kept in .build/test-output/, and is searched for every
// secret that a test noted (test/support/test-output.ts). One found secret fails the run.
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, resolve, sep } from "node:path";
import { buildDashboard } from "./build-dashboard.mjs";
import { buildProgram } from "./bundle-program.mjs";
import { checkNodeVersion, fail, installIfNeeded, root } from "./prepare.mjs";
import { leftOpenMark } from "./left-open.mjs";
import { leakedSecrets } from "./secret-search.mjs";
import { readNeeds } from "./test/plan.mjs";
import { runInLanes } from "./test/run-in-lanes.mjs";
import { labIsSetUp, setUpLab } from "./wine/set-up.mjs";
import { startPrefix, stopPrefix } from "./wine/wine-prefix.mjs";
import { usesLab } from "./wine/windows-tests.mjs";

/** Two are enough to use the time in which a test waits; more would make those that wait for an answer fail. */
const lanesMax = 2;

const { words, deep, laneCount } = readOptions(process.argv.slice(2));
const outputDirectory = join(root, ".build", "test-output");
const summaryPath = join(root, ".build", deep ? "test-summary-deep.json" : "test-summary.json");

checkNodeVersion();
installIfNeeded();
if (buildProgram("tsconfig.json") !== 0) fail("the build failed, so no test was run; see above");
if (buildDashboard() !== 0) fail("the dashboard could not be built, so no test was run; see above");
process.exitCode = await runTests();

async function runTests() {
  const { paths, forMocha } = splitArguments(words);
  const sources = testSources().filter((file) => paths.length === 0 || isWithin(file, paths));
  if (sources.length === 0) fail(`there is no ${deep ? "deep test" : "test"} here`);

  const inLab = labIsSetUp() && sources.some(usesLab);
  if (inLab) {
    // What runs under Wine must be what was built just now.
    await setUpLab();
    startPrefix();
  }

  rmSync(outputDirectory, { recursive: true, force: true });
  mkdirSync(outputDirectory, { recursive: true });
  rmSync(summaryPath, { force: true });
  const log = createWriteStream(join(outputDirectory, "run.log"));
  const files = sources.map((source) => ({ ...readNeeds(source), file: compiledPath(source) }));
  const { counts, failures, problems } = await runInLanes(files, {
    laneCount,
    options: forMocha,
    outputDirectory,
    show: (chunk, stream) => {
      process[stream].write(chunk);
      log.write(chunk);
    },
  });
  await new Promise((done) => log.end(done));
  if (inLab) stopPrefix();

  if (problems.length === 0 && counts.passed + counts.failed + counts.skipped === 0) {
    problems.push("no test matched");
  }
  problems.push(...linesLeftOpen(), ...leakedSecrets(outputDirectory));
  writeFileSync(summaryPath, `${JSON.stringify({ ...counts, failures, problems }, null, 2)}\n`);
  for (const problem of problems) console.error(`portlease: ${problem}`);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return problems.length > 0 || counts.failed > 0 ? 1 : 0;
}

/** What is for this script; the other words are left. */
function readOptions(given) {
  const left = given.filter((word) => word !== "--deep");
  let wanted =
    process.env["PORTLEASE_TEST_LANES"] ?? String(Math.min(lanesMax, availableParallelism()));
  const index = left.findIndex((word) => /^--lanes(?:=|$)/u.test(word));
  if (index >= 0) {
    const [word] = left.splice(index, 1);
    wanted = word.includes("=") ? word.slice("--lanes=".length) : left.splice(index, 1)[0];
  }
  const count = Number(wanted);
  if (!Number.isSafeInteger(count) || count < 1 || count > lanesMax) {
    fail(`--lanes and PORTLEASE_TEST_LANES are a whole number from 1 to ${lanesMax}`);
  }
  return { words: left, deep: given.includes("--deep"), laneCount: count };
}

/** Options and their values are for mocha; everything else is a path of tests to run, and must exist. */
function splitArguments(given) {
  const paths = [];
  const forMocha = [];
  for (const [index, word] of given.entries()) {
    // The word after an option may be its value, such as a grep for a name that is a folder too.
    const isValue = (given[index - 1] ?? "").startsWith("-");
    if (isValue || word.startsWith("-")) forMocha.push(word);
    else if (existsSync(resolve(word))) paths.push(resolve(word));
    // Mocha would look for it among the compiled tests, beside all the others.
    else fail(`there is no ${word}; name files or folders of tests, from here`);
  }
  return { paths, forMocha };
}

/** The list comes from the sources: a compiled test whose source is gone must not run for ever. */
function testSources() {
  const files = readdirSync(join(root, "test"), { recursive: true, withFileTypes: true });
  return files
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .filter((entry) => process.platform === "win32" || !entry.name.endsWith(".wine.test.ts"))
    .filter((entry) => entry.name.endsWith(".deep.test.ts") === deep)
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

function isWithin(file, paths) {
  return paths.some(
    (path) => file === path || compiledPath(file) === path || file.startsWith(path + sep),
  );
}

function compiledPath(source) {
  return join(root, ".build", relative(root, source)).replace(/\.ts$/, ".js");
}

/** What the processes said of it, to be read again at the very end. */
function linesLeftOpen() {
  const lines = readFileSync(join(outputDirectory, "run.log"), "utf8").split("\n");
  return lines.filter((line) => line.startsWith(leftOpenMark));
}
