// The command line of the benchmark: npm run bench -- [options].

import { parseArgs } from "node:util";
import { type ClientName, listRow, rowNames } from "./rows/rows.js";

export interface BenchOptions {
  /** Each round runs every cell once. */
  readonly rounds: number;
  /** How long one cell is measured. */
  readonly measureMs: number;
  /** How long a cell runs before that. */
  readonly warmUpMs: number;
  /** Requests in flight: one cell for each. */
  readonly concurrencies: readonly number[];
  /** Names of sections. */
  readonly sections: readonly string[];
  /** Names of rows. */
  readonly rows: readonly string[];
  readonly clients: readonly ClientName[];
  /** How many leases the sections have that are about many. */
  readonly leases: number;
  /** No section begins later than this. */
  readonly minutesMax: number;
  /** Decides the order of the cells. */
  readonly seed: number;
  readonly jsonFile: string | null;
  /** Where the broker, or the proxy, writes V8 CPU profiles; `null`: none. */
  readonly profileDirectory: string | null;
}

export class UsageError extends Error {}

export const sectionNames = [
  "calls",
  "listing",
  "fan-out",
  "picking",
  "expiry",
  "full-broker",
  "full-core",
  "cold-start",
  "client-start",
  "proxy",
] as const;

const clientNames = ["js", "native"] as const;

interface Defaults {
  readonly rounds: string;
  readonly seconds: string;
  readonly concurrencies: readonly number[];
  readonly leases: string;
}

const usual: Defaults = {
  rounds: "5",
  seconds: "0.5",
  concurrencies: [1, 16, 64, 256],
  leases: "60000",
};
const quick: Defaults = { rounds: "3", seconds: "0.2", concurrencies: [1, 64], leases: "10000" };
const smoke: Defaults = { rounds: "1", seconds: "0.05", concurrencies: [1, 16], leases: "500" };

export const usage = `npm run bench -- [options]

  --only NAME        only this section or row; may be given again
                     sections: ${sectionNames.join(", ")}
                     rows: ${rowNames.join(", ")}
  --client NAME      only rows by this client; may be given again: ${clientNames.join(", ")}
  --concurrency N    only this many requests in flight; may be given again (default ${usual.concurrencies.join(", ")})
  --rounds N         rounds (default ${usual.rounds})
  --seconds S        how long each cell is measured (default ${usual.seconds})
  --leases N         how many leases expire at once, and are there at a restart (default ${usual.leases})
  --seed N           order of the cells (default 1)
  --minutes N        begin no section after that (default 15); all of it takes about eleven
  --json FILE        write the figures as JSON
  --profile DIR      let the broker write CPU profiles; the figures are then slower
  --quick            about three minutes: ${quick.rounds} rounds of ${quick.seconds} s, ${quick.concurrencies.join(" and ")} in flight, ${quick.leases} leases
  --smoke            one very short round: shows that the benchmark works, and no figure means anything`;

/** Throws UsageError; `null` when help is asked for. */
export function readOptions(words: readonly string[]): BenchOptions | null {
  const values = parse(words);
  if (values.help === true) return null;
  const defaults = values.smoke === true ? smoke : values.quick === true ? quick : usual;
  const seconds = numberOf("--seconds", values.seconds ?? defaults.seconds, 0.01, 600);
  return {
    rounds: wholeNumberOf("--rounds", values.rounds ?? defaults.rounds, 1, 100),
    measureMs: seconds * 1_000,
    warmUpMs: Math.min(300, seconds * 500),
    // The broker takes at most 256 requests of one session at a time.
    concurrencies:
      values.concurrency?.map((text) => wholeNumberOf("--concurrency", text, 1, 256)) ??
      defaults.concurrencies,
    ...wantedOf(values.only),
    clients: clientsOf(values.client),
    leases: wholeNumberOf("--leases", values.leases ?? defaults.leases, 100, 60_000),
    minutesMax: numberOf("--minutes", values.minutes ?? "15", 0.0001, 600),
    seed: wholeNumberOf("--seed", values.seed ?? "1", 0, 0xffff_ffff),
    jsonFile: values.json ?? null,
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
        client: { type: "string", multiple: true },
        concurrency: { type: "string", multiple: true },
        leases: { type: "string" },
        minutes: { type: "string" },
        seed: { type: "string" },
        json: { type: "string" },
        profile: { type: "string" },
        quick: { type: "boolean" },
        smoke: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** A row stands for the section that it is in; a section that is named stands for all of its rows. */
function wantedOf(given: readonly string[] | undefined): Pick<BenchOptions, "sections" | "rows"> {
  if (given === undefined) return { sections: sectionNames, rows: rowNames };
  const known = new Set<string>([...sectionNames, ...rowNames]);
  const unknown = given.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `--only ${unknown}: the sections are ${sectionNames.join(", ")}; the rows are ${rowNames.join(", ")}`,
    );
  }
  const sectionOf = (row: string): string => (row === listRow.name ? "listing" : "calls");
  const rows = given.filter((name) => rowNames.includes(name));
  const named = given.filter((name) => !rows.includes(name));
  const whole = rowNames.filter((row) => named.includes(sectionOf(row)));
  const wanted = new Set([...named, ...rows.map(sectionOf)]);
  return {
    sections: sectionNames.filter((name) => wanted.has(name)),
    rows: [...new Set([...rows, ...whole])],
  };
}

function clientsOf(given: readonly string[] | undefined): readonly ClientName[] {
  if (given === undefined) return clientNames;
  return given.map((text) => {
    const client = clientNames.find((name) => name === text);
    if (client !== undefined) return client;
    throw new UsageError(`--client ${text}: the clients are ${clientNames.join(", ")}`);
  });
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
