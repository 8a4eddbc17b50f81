// A lane of scripts/test.mjs: a process that runs the files of tests it is handed, one after the other, and ends by itself when
// there are no more. It prints what mocha prints. Its arguments are options of mocha.
import { format, stripVTControlCharacters } from "node:util";
import Mocha from "mocha";
import { loadOptions } from "mocha/lib/cli/options.cjs";
import { normalizeRunOptions, prepareRunOptions, validateRunOptions } from "mocha/lib/cli/run.cjs";
import { watchRun } from "../test-reporter.mjs";
import { OpenHandles } from "../left-open.mjs";

const { Base, Spec } = Mocha.reporters;

// As mocha's own command does before it loads a test.
Error.stackTraceLimit = Infinity;
const options = loadOptions(process.argv.slice(2));
normalizeRunOptions(options);
validateRunOptions(options);
await prepareRunOptions(options);

const handles = new OpenHandles();
const total = { passes: 0, failures: 0, pending: 0, duration: 0 };
const failed = [];

/** Mocha's usual list, but with one summary at the end of the lane instead of one for each file. */
class LaneReporter extends Spec {
  constructor(runner, reporterOptions) {
    super(runner, reporterOptions);
    watchRun(runner, handles);
  }

  epilogue() {
    for (const key of Object.keys(total)) total[key] += this.stats[key];
    failed.push(...this.failures);
    // Beside the file's list, and again at the end: the lane may die before that.
    if (this.failures.length > 0) Base.list(this.failures);
  }
}

// The blank lines between suites would be many for a run in which most files have no test that matches.
const print = Base.consoleLog;
let isBlankDue = false;
Base.consoleLog = (...words) => {
  const isBlank = stripVTControlCharacters(format(...words)).trim() === "";
  if (isBlankDue && !isBlank) print();
  isBlankDue = isBlank;
  if (!isBlank) print(...words);
};

process.on("message", (message) => {
  if (message.end) end(message.describeAfterMs);
  else void run(message.file);
});

async function run(file) {
  // A test that waits for something that no longer exists must end the process, not hang it: only the wait for the next file
  // may keep it alive.
  process.channel.unref();
  const mocha = new Mocha({ ...options, reporter: LaneReporter });
  const answer = await load(mocha, file);
  if (answer.unloadable === undefined) {
    const { stats, failures } = await new Promise((done) => {
      const lines = [];
      const runner = mocha.run(() => done({ stats: runner.stats, failures: lines }));
      runner.on("fail", (test, error) => lines.push(inOneLine(test, error)));
    });
    answer.counts = { passed: stats.passes, failed: stats.failures, skipped: stats.pending };
    answer.failures = failures;
    answer.bailed = options.bail === true && stats.failures > 0;
    // Takes its listeners from the process, or each later error would be its business too.
    mocha.dispose();
  }
  process.channel.ref();
  await printed();
  process.send(answer);
}

/** Whoever reads only the end of a long log should know where to look. */
function inOneLine(test, error) {
  const [reason = ""] = String(error?.message ?? error).split("\n");
  return `${test.fullTitle()}: ${reason}`;
}

async function load(mocha, file) {
  mocha.addFile(file);
  try {
    await mocha.loadFilesAsync();
    return {};
  } catch (error) {
    console.error(error);
    return { unloadable: error.message };
  }
}

function end(describeAfterMs) {
  Base.prototype.epilogue.call({ stats: total, failures: failed });
  handles.describeLater(describeAfterMs);
  process.disconnect();
  if (options.exit) process.exit();
}

/** What was printed has reached the pipes; on Windows that takes a moment: https://nodejs.org/api/process.html#a-note-on-process-io */
async function printed() {
  const streams = [process.stdout, process.stderr];
  await Promise.all(streams.map((stream) => new Promise((done) => stream.write("", done))));
}
