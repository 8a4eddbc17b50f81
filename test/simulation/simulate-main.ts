// npm run simulate -- --seeds N: runs seeds and prints how each failing one can be run again.
//   --seed S      one seed
//   --from S      the first of the seeds; 1 unless told
//   --workers N   processes side by side; 1 unless told
//   --trace       prints everything that happens

import { fork } from "node:child_process";
import { parseArgs } from "node:util";
import { describeFailure } from "./describe-failure.js";
import { runSeed } from "./run-seed.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    seed: { type: "string" },
    from: { type: "string", default: "1" },
    workers: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
  },
});

const from = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const workers = Math.max(1, Math.min(Number(values.workers), count));
// Most errors here are refusals that nobody looks at; their stacks are what a run would spend its time on.
if (count > 1) Error.stackTraceLimit = 0;
process.exitCode = workers === 1 ? await runAll() : await runWorkers();

async function runAll(): Promise<number> {
  const startedMs = performance.now();
  let [failures, events, grants, virtualMs] = [0, 0, 0, 0];
  for (let seed = from; seed < from + count; seed += 1) {
    const print = values.trace ? (line: string): void => console.log(line) : null;
    const result = await runSeed(seed, print);
    events += result.events;
    grants += result.grants;
    virtualMs += result.virtualMs;
    if (result.finding === null) continue;
    failures += 1;
    console.log(describeFailure(result));
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  console.log(
    `${count} seeds from ${from}: ${failures} failed; ${events} events, ${grants} grants, ` +
      `${(virtualMs / 3_600_000).toFixed(1)} simulated hours in ${seconds.toFixed(1)} s (${(count / seconds).toFixed(0)} seeds/s)`,
  );
  return failures === 0 ? 0 : 1;
}

async function runWorkers(): Promise<number> {
  const share = Math.ceil(count / workers);
  const codes = Array.from({ length: workers }, (_, index) => {
    const first = from + index * share;
    const seeds = Math.min(share, from + count - first);
    if (seeds <= 0) return Promise.resolve(0);
    const child = fork(process.argv[1] ?? "", ["--from", String(first), "--seeds", String(seeds)]);
    return new Promise<number>((resolve) => {
      child.on("exit", (code) => resolve(code ?? 1));
    });
  });
  return Math.max(...(await Promise.all(codes)));
}
