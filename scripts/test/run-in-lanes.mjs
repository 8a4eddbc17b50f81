// Runs files of tests in lanes: first those that bear nothing beside them, then all others in as many lanes as there may be. Adds
// up what the lanes counted, and says what went wrong beyond failed tests.
import { relative } from "node:path";
import { root } from "../prepare.mjs";
import { Lane } from "./lane.mjs";
import { Plan, inBestOrder } from "./plan.mjs";

/** So many files are named in a problem. */
const namesMax = 5;

/**
 * `files` are what `readNeeds` returns, each with its compiled `file`; `laneOptions` what `Lane` takes. Resolves with `{ counts, failures, problems }`: the
 * tests of all lanes, a line for each that failed, and a sentence for each problem. A file that was not run to its end is a problem.
 */
export async function runInLanes(files, { laneCount, ...laneOptions }) {
  const together = files.filter(({ alone }) => alone === null);
  const needed = Math.max(1, Math.min(laneCount, together.length));
  const inLanes = needed > 1;
  const alone = new Plan(inLanes ? files.filter((needs) => needs.alone !== null) : []);
  const rest = new Plan(inLanes ? inBestOrder(together) : files);
  // `told` are the lanes whose death in the middle of a file is a problem already.
  const run = { unfinished: new Set(files), problems: [], told: new Set(), stopped: false };
  run.stop = () => {
    run.stopped = true;
    alone.stop();
    rest.stop();
  };
  // Ctrl+C reaches the lanes by the terminal; what they then report should still be read.
  process.on("SIGINT", run.stop);

  const startLane = () => new Lane({ ...laneOptions, live: !inLanes });
  const lanes = [startLane()];
  await work(lanes[0], alone, run);
  while (lanes.length < needed && !run.stopped) lanes.push(startLane());
  const ends = await Promise.all(
    lanes.map(async (lane) => {
      await work(lane, rest, run);
      const end = await lane.end();
      return run.told.has(lane) ? { ...end, exit: 0 } : end;
    }),
  );
  process.off("SIGINT", run.stop);
  for (const lane of lanes) lane.flush();

  const problems = [...run.problems, ...ends.flatMap(problemsAtTheEnd)];
  if (run.unfinished.size > 0 && !run.bailed) problems.push(unfinishedFiles(run, files.length));
  return {
    counts: sum(lanes.map(({ counts }) => counts)),
    failures: lanes.flatMap(({ failures }) => failures),
    problems,
  };
}

/** One lane's part of a plan. */
async function work(lane, plan, run) {
  while (!lane.isDead) {
    const needs = await plan.next();
    if (needs === null) return;
    const { died, unloadable, bailed } = await lane.run(needs.file);
    plan.ended(needs);
    const name = relative(root, needs.source);
    if (died !== undefined) {
      run.problems.push(`the process of a lane ended with ${died} in the middle of ${name}`);
      run.told.add(lane);
      return;
    }
    run.unfinished.delete(needs);
    if (unloadable !== undefined) run.problems.push(`${name} could not be loaded: ${unloadable}`);
    if (bailed) {
      run.bailed = true;
      run.stop();
    }
  }
}

function problemsAtTheEnd({ exit, lingered, holders }) {
  const problems = [];
  if (lingered) problems.push("the tests ended but left something open");
  else if (exit !== 0) problems.push(`the process of a lane ended with ${exit}`);
  if (holders.length > 0) {
    problems.push(`the tests ended but left programs running: ${holders.join(", ")}`);
  }
  return problems;
}

function unfinishedFiles({ unfinished }, planned) {
  const names = [...unfinished].map(({ source }) => relative(root, source));
  const more = names.length > namesMax ? ", ..." : "";
  const some = names.slice(0, namesMax).join(", ");
  return `${names.length} of ${planned} files of tests were not run to their end: ${some}${more}`;
}

function sum(all) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const key of Object.keys(total)) {
    for (const counts of all) total[key] += counts[key];
  }
  return total;
}
