// The command line of the benchmark: npm run bench -- [options].

import { parseArgs } from "node:util";
import { scenarioNames } from "./scenarios.js";

export interface BenchOptions {
  /** Each round has a broker of its own and runs every cell once. */
  readonly rounds: number;
  /** How long one cell is measured. */
  readonly measureMs: number;
  /** How long a cell runs before that. */
  readonly warmUpMs: number;
  /** Requests in flight: one cell for each. */
  readonly concurrencies: readonly number[];
  /** Names of scenarios. */
  readonly only: readonly string[];
  /** Decides the order of the cells. */
  readonly seed: number;
  readonly jsonFile: string | null;
  /** So many leases expire at once instead of all rows; `null`: the rows. */
  readonly expiring: number | null;
  /** What `portlease run --proxy` costs, instead of all rows. */
  readonly proxy: boolean;
  /** Where the broker, or the proxy, writes V8 CPU profiles; `null`: none. */
  readonly profileDirectory: string | null;
}

export class UsageError extends Error {}

export const usage = `npm run bench -- [options]

  --rounds N         rounds, each with a fresh broker (default 5)
  --seconds S        how long each cell is measured (default 1)
  --only NAME        only this row; may be given again: ${scenarioNames.join(", ")}
  --concurrency N    only this many requests in flight; may be given again (default 1, 16, 64)
  --full             also 256 requests in flight
  --seed N           order of the cells (default 1)
  --json FILE        write the figures as JSON
  --expiring N       instead of the rows: N leases expire at once, and how late the broker says so
  --proxy            instead of the rows: a program reached directly and through portlease run --proxy
  --profile DIR      let the broker write CPU profiles; the figures are then slower
  --smoke            one very short round: shows that the benchmark works, and no figure means anything`;

/** Throws UsageError; `null` when help is asked for. */
export function readOptions(words: readonly string[]): BenchOptions | null {
  const values = parse(words);
  if (values.help === true) return null;
  const smoke = values.smoke === true;
  const seconds = numberOf("--seconds", values.seconds ?? (smoke ? "0.05" : "1"), 0.01, 600);
  return {
    rounds: wholeNumberOf("--rounds", values.rounds ?? (smoke ? "1" : "5"), 1, 100),
    measureMs: seconds * 1_000,
    warmUpMs: Math.min(300, seconds * 500),
    concurrencies: concurrenciesOf(values.concurrency, values.full === true),
    only: scenariosOf(values.only),
    seed: wholeNumberOf("--seed", values.seed ?? "1", 0, 0xffff_ffff),
    jsonFile: values.json ?? null,
    expiring:
      values.expiring === undefined
        ? null
        : wholeNumberOf("--expiring", values.expiring, 1, 60_000),
    proxy: values.proxy === true,
    profileDirectory: values.profile ?? null,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        rounds: { type: "string" },
        seconds: { type: "string" },
        only: { type: "string", multiple: true },
        concurrency: { type: "string", multiple: true },
        full: { type: "boolean" },
        seed: { type: "string" },
        json: { type: "string" },
        expiring: { type: "string" },
        proxy: { type: "boolean" },
        profile: { type: "string" },
        smoke: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function concurrenciesOf(given: readonly string[] | undefined, full: boolean): number[] {
  // The broker takes at most 256 requests of one session at a time.
  if (given !== undefined) return given.map((text) => wholeNumberOf("--concurrency", text, 1, 256));
  return full ? [1, 16, 64, 256] : [1, 16, 64];
}

function scenariosOf(given: readonly string[] | undefined): readonly string[] {
  for (const name of given ?? []) {
    if (scenarioNames.includes(name)) continue;
    throw new UsageError(`--only ${name}: the rows are ${scenarioNames.join(", ")}`);
  }
  return given ?? scenarioNames;
}

function wholeNumberOf(option: string, text: string, min: number, max: number): number {
  const value = numberOf(option, text, min, max);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`${option} ${text}: it must be a whole number`);
}

function numberOf(option: string, text: string, min: number, max: number): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= min && value <= max) return value;
  throw new UsageError(`${option} ${text}: it must be a number from ${min} to ${max}`);
}
