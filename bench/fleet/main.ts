// npm run bench:fleet: how large a fleet one fleet server and one etcd carry. What is measured and what follows: docs/scale.md.

import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, resolve } from "node:path";
import { dataParent } from "../servers/data-parent.js";
import { describeMachine } from "../machine.js";
import { measureCoreLive } from "./core-live.js";
import { measureCoreLoad } from "./core-load.js";
import { measureEtcd } from "./etcd-run.js";
import type { FleetOutcome } from "./fleet-outcome.js";
import { fleetReportOf } from "./fleet-report.js";
import {
  type FleetBenchOptions,
  fleetUsage,
  FleetUsageError,
  readFleetOptions,
} from "./options.js";

const exitUsage = 2;
const exitInterrupted = 130;

async function bench(options: FleetBenchOptions): Promise<void> {
  const [loadBefore = 0] = loadavg();
  const { parts, size, seconds, jsonFile } = options;
  let outcome: FleetOutcome = {
    date: new Date().toISOString(),
    node: process.version,
    machine: describeMachine(dataParent),
    loadBefore,
    size,
    seconds,
    core: null,
    etcd: null,
  };
  // What one part has measured is kept when the other one fails.
  if (parts.includes("core")) {
    outcome = { ...outcome, core: await measureCore(options) };
    save(outcome, jsonFile);
  }
  if (parts.includes("etcd")) {
    outcome = { ...outcome, etcd: await measureEtcd(options, showProgress) };
    save(outcome, jsonFile);
  }
  showProgress("");
  console.log(fleetReportOf(outcome));
}

function save(outcome: FleetOutcome, jsonFile: string | null): void {
  if (jsonFile === null) return;
  const path = resolve(jsonFile);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(outcome, null, 2)}\n`);
}

async function measureCore(options: FleetBenchOptions): Promise<FleetOutcome["core"]> {
  showProgress("core: the view alone");
  const load = measureCoreLoad(options.size);
  return { load, live: await measureCoreLive(options, showProgress) };
}

/** One line that overwrites itself; nothing when nobody watches. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u{1b}[K${text}`);
}

async function main(words: readonly string[]): Promise<void> {
  try {
    const options = readFleetOptions(words);
    if (options === null) console.log(fleetUsage);
    else await bench(options);
  } catch (error) {
    const usage = error instanceof FleetUsageError;
    const message = error instanceof Error ? error.message : String(error);
    console.error(`bench:fleet: ${message}${usage ? `\n\n${fleetUsage}` : ""}`);
    process.exitCode = usage ? exitUsage : 1;
  }
}

// Leaving runs the "exit" handlers, which end what was started.
process.once("SIGINT", () => process.exit(exitInterrupted));
process.once("SIGTERM", () => process.exit(exitInterrupted));
await main(process.argv.slice(2));
