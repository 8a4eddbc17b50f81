// npm run bench: measures a real broker under load from this process, and prints what came out.
// What is measured and what is not: docs/performance.md.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { BenchContext } from "./context.js";
import { describeMachine } from "./machine.js";
import { type BenchOptions, readOptions, usage, UsageError } from "./options.js";
import { canHaveOwnNetwork, isInOwnNetwork, runInOwnNetwork } from "./own-network.js";
import { joined, nothingToSay, type Outcome, type SectionOutcome } from "./outcome.js";
import { reportOf } from "./report.js";
import type { Section } from "./sections/section.js";
import { sections } from "./sections/sections.js";
import { chooseCores, pinThisProcess } from "./servers/cores.js";
import { dataParent } from "./servers/data-parent.js";
import { requireProgram } from "./servers/programs.js";
import { spreadOfKnown } from "./statistics.js";

const exitUsage = 2;
const exitInterrupted = 130;
const msPerMinute = 60_000;

async function bench(options: BenchOptions): Promise<void> {
  // Leaving runs the "exit" handlers, which end what was started.
  process.once("SIGINT", () => process.exit(exitInterrupted));
  process.once("SIGTERM", () => process.exit(exitInterrupted));
  mkdirSync(dataParent, { recursive: true });
  // Said at once, and not after minutes.
  if (needsNative(options)) requireProgram("bench-load");
  // Before this process is pinned and sees one core only.
  const cores = chooseCores();
  const machine = describeMachine(dataParent);
  const pinned = typeof cores !== "string";
  const pinning = pinned
    ? `broker and peers on core ${cores.broker}, load on core ${cores.load}`
    : `not pinned: ${cores}`;
  console.error(pinning);
  if (!isInOwnNetwork()) console.error("in the network of this host: others may use its ports");
  const startMs = performance.now();
  const context: BenchContext = { options, cores: pinned ? cores : null, progress: showProgress };
  const outcome = joined(await runSections(context, startMs));
  showProgress("");
  const whole: Outcome = {
    date: new Date().toISOString(),
    node: process.version,
    machine: { ...machine, pinning },
    sections: options.sections,
    rounds: options.rounds,
    secondsPerCell: options.measureMs / 1_000,
    seed: options.seed,
    tookMinutes: (performance.now() - startMs) / msPerMinute,
    othersCores: spreadOfKnown(outcome.rows.map(({ othersCores }) => othersCores?.median ?? null)),
    ...outcome,
  };
  console.log(reportOf(whole));
  if (options.jsonFile !== null) {
    const path = resolve(options.jsonFile);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(whole, null, 2)}\n`);
  }
}

/** Rows of the native client, and the sections that load with it. */
function needsNative({ sections: wanted, clients }: BenchOptions): boolean {
  if (wanted.includes("fan-out")) return true;
  return clients.includes("native") && (wanted.includes("calls") || wanted.includes("listing"));
}

async function runSections(
  context: BenchContext,
  startMs: number,
): Promise<readonly SectionOutcome[]> {
  const { sections: wanted, minutesMax } = context.options;
  const outcomes: SectionOutcome[] = [];
  for (const section of sections.filter(({ name }) => wanted.includes(name))) {
    const beganMs = performance.now();
    if (beganMs - startMs > minutesMax * msPerMinute) {
      outcomes.push(notMeasured(`${section.name} is not measured: the time is up (--minutes)`));
      continue;
    }
    outcomes.push(await runSection(section, context));
    showProgress("");
    console.error(`${section.name}: ${((performance.now() - beganMs) / 1_000).toFixed(0)} s`);
  }
  return outcomes;
}

/** One that fails is told of at the end: what the others measured is not lost with it. */
async function runSection(section: Section, context: BenchContext): Promise<SectionOutcome> {
  const { cores } = context;
  try {
    if (cores !== null) pinThisProcess(section.unpinned === true ? cores.all : [cores.load]);
    return await section.run(context);
  } catch (error) {
    process.exitCode = 1;
    return notMeasured(`${section.name} FAILED: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function notMeasured(why: string): SectionOutcome {
  return { ...nothingToSay, notes: [why] };
}

/** One line that overwrites itself; nothing when nobody watches. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u{1b}[K${text}`);
}

async function main(words: readonly string[]): Promise<void> {
  try {
    const options = readOptions(words);
    if (options === null) console.log(usage);
    else if (isInOwnNetwork() || !canHaveOwnNetwork()) await bench(options);
    else process.exitCode = await runInOwnNetwork();
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`bench: ${error.message}\n\n${usage}`);
      process.exitCode = exitUsage;
      return;
    }
    console.error(`bench: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}

await main(process.argv.slice(2));
