// npm run bench: measures a real broker under load from this process, and prints what came out.
// What is measured and what is not: docs/performance.md.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { dataParent } from "./broker-process.js";
import { chooseCores, pinThisProcess } from "./cores.js";
import { describeMachine } from "./machine.js";
import { massExpiryReport, measureMassExpiry } from "./mass-expiry.js";
import { type BenchOptions, readOptions, usage, UsageError } from "./options.js";
import { measureProxyCost, proxyCostReport, type ProxyCostOptions } from "./proxy-cost.js";
import { outcomeOf } from "./outcome.js";
import { reportOf } from "./report.js";
import { runRounds } from "./rounds.js";

const exitUsage = 2;
const exitInterrupted = 130;

async function bench(options: BenchOptions): Promise<void> {
  if (options.proxy) {
    console.log(proxyCostReport(await measureProxyCost(proxyCostOptions(options))));
    return;
  }
  // Before this process is pinned and sees one core only.
  const cores = chooseCores();
  const machine = describeMachine(dataParent);
  const pinned = typeof cores !== "string";
  if (pinned) pinThisProcess(cores.load);
  const pinning = pinned
    ? `broker on core ${cores.broker}, load on core ${cores.load}`
    : `not pinned: ${cores}`;
  console.error(pinning);
  if (options.expiring !== null) {
    const brokerCore = pinned ? cores.broker : null;
    const expiry = await measureMassExpiry(options.expiring, brokerCore, options.profileDirectory);
    console.log(massExpiryReport(expiry));
    return;
  }
  const measurements = await runRounds(options, pinned ? cores.broker : null, showProgress);
  showProgress("");
  const outcome = outcomeOf(measurements, options, { ...machine, pinning });
  console.log(reportOf(outcome));
  if (options.jsonFile !== null) {
    const path = resolve(options.jsonFile);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(outcome, null, 2)}\n`);
  }
}

/** As long as the other rows, about. */
function proxyCostOptions({ rounds, measureMs, profileDirectory }: BenchOptions): ProxyCostOptions {
  const seconds = measureMs / 1_000;
  const streamBytes = Math.ceil(256 * 1024 * 1024 * seconds);
  return { rounds, streamBytes, turns: Math.ceil(4_000 * seconds), profileDirectory };
}

/** One line that overwrites itself; nothing when nobody watches. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u{1b}[K${text}`);
}

async function main(words: readonly string[]): Promise<void> {
  try {
    const options = readOptions(words);
    if (options === null) console.log(usage);
    else await bench(options);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`bench: ${error.message}\n\n${usage}`);
      process.exitCode = exitUsage;
      return;
    }
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

// Leaving runs the "exit" handlers, which end the broker.
process.once("SIGINT", () => process.exit(exitInterrupted));
process.once("SIGTERM", () => process.exit(exitInterrupted));
await main(process.argv.slice(2));
