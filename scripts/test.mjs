// npm test: installs, builds, runs the tests and ends with one line of counts. --deep runs the deep tests instead.
// Other arguments are files or folders of tests, or go to mocha: npm test -- test/server/config --grep "did you mean"
//
// All output, that of every program the tests start included, is kept in .build/test-output/, and is searched for every
// secret that a test noted (test/support/test-output.ts). One found secret fails the run.
import { spawn } from "node:child_process";
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { buildDashboard } from "./build-dashboard.mjs";
import {
  checkNodeVersion,
  compile,
  fail,
  installIfNeeded,
  root,
  toolEnvironment,
  toolPath,
} from "./prepare.mjs";
import { holdersOf, outputOf } from "./left-open.mjs";
import { leakedSecrets } from "./secret-search.mjs";
import { labIsSetUp, setUpLab } from "./wine/set-up.mjs";
import { startPrefix, stopPrefix } from "./wine/wine-prefix.mjs";
import { usesLab } from "./wine/windows-tests.mjs";

/** Mocha has reported by then; whoever still keeps the process alive has forgotten to close something. */
const lingerMsMax = 15_000;

/** After mocha's end its output arrives at once. */
const pipesMsMax = 3_000;

const words = process.argv.slice(2);
const deep = words.includes("--deep");
const outputDirectory = join(root, ".build", "test-output");
const summaryPath = join(root, ".build", deep ? "test-summary-deep.json" : "test-summary.json");

checkNodeVersion();
installIfNeeded();
if (compile("tsconfig.json") !== 0) fail("the build failed, so no test was run; see above");
if (buildDashboard() !== 0) fail("the dashboard could not be built, so no test was run; see above");
process.exitCode = await runTests();

async function runTests() {
  const { paths, forMocha } = splitArguments(words.filter((word) => word !== "--deep"));
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
  const { exitCode, lingered, holders } = await runMocha(sources.map(compiledPath), forMocha);
  if (inLab) stopPrefix();

  const counts = readCounts();
  const problems = leakedSecrets(outputDirectory);
  if (counts === null) problems.push("mocha ended without a report");
  else if (counts.passed + counts.failed + counts.skipped === 0) problems.push("no test matched");
  else if (exitCode !== 0 && counts.failed === 0 && !lingered) {
    problems.push(`mocha exited with ${exitCode}`);
  }
  if (lingered) {
    problems.push("the tests ended but left something open", ...linesLeftOpen());
  }
  if (holders.length > 0) {
    problems.push(`the tests ended but left programs running: ${holders.join(", ")}`);
  }
  const shown = counts ?? { passed: 0, failed: 0, skipped: 0 };
  writeFileSync(summaryPath, `${JSON.stringify({ ...shown, problems }, null, 2)}\n`);
  for (const problem of problems) console.error(`portlease: ${problem}`);
  console.log(`${shown.passed} passed, ${shown.failed} failed, ${shown.skipped} skipped`);
  return problems.length > 0 || shown.failed > 0 ? 1 : 0;
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

function readCounts() {
  try {
    return JSON.parse(readFileSync(summaryPath, "utf8"));
  } catch {
    return null;
  }
}

/** What the reporter said of it, to be read again at the very end. */
function linesLeftOpen() {
  const lines = readFileSync(join(outputDirectory, "run.log"), "utf8").split("\n");
  return lines.filter((line) => line.startsWith("left open: "));
}

/** Shows mocha's output and keeps it. */
function runMocha(files, mochaOptions) {
  const reporter = join(root, "scripts", "test-reporter.mjs");
  const args = [toolPath("mocha", "mocha"), "--reporter", reporter, ...mochaOptions, ...files];
  const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
  const env = {
    ...toolEnvironment(),
    ...color,
    PORTLEASE_TEST_SUMMARY: summaryPath,
    PORTLEASE_TEST_OUTPUT: outputDirectory,
  };
  const log = createWriteStream(join(outputDirectory, "run.log"));
  const child = spawn(process.execPath, args, {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const [stream, terminal] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    stream.on("data", (chunk) => {
      terminal.write(chunk);
      log.write(chunk);
    });
  }
  let output = null;
  child.once("spawn", () => (output = outputOf(child.pid)));
  let lingered = false;
  let holders = [];
  const watch = setInterval(() => {
    if (!existsSync(summaryPath)) return;
    clearInterval(watch);
    const timer = setTimeout(() => {
      lingered = true;
      // Mocha runs the tests in a process below its own, and passes only this signal on to it as an end.
      child.kill("SIGINT");
    }, lingerMsMax);
    child.once("exit", () => clearTimeout(timer));
  }, 500);
  // Ctrl+C reaches mocha by the terminal; what it then reports should still be read.
  process.on("SIGINT", () => undefined);
  return new Promise((done) => {
    child.on("error", (error) => fail(`mocha could not be started: ${error.message}`));
    child.on("exit", (code) => {
      clearInterval(watch);
      const finish = () => log.end(() => done({ exitCode: code ?? 1, lingered, holders }));
      // A program that a test forgot may keep the pipes open for ever.
      const timer = setTimeout(() => {
        holders = holdersOf(output);
        if (holders.length === 0) holders = ["one that still holds the tests' output"];
        child.stdout.destroy();
        child.stderr.destroy();
      }, pipesMsMax);
      child.once("close", () => {
        clearTimeout(timer);
        finish();
      });
    });
  });
}
