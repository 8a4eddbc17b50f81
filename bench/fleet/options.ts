// The command line of the fleet's benchmark: npm run bench:fleet -- [options].

import { parseArgs } from "node:util";

export interface FleetSize {
  readonly hostCount: number;
  readonly leasesPerHost: number;
  /** Decides what hosts and leases are like, and what changes. */
  readonly seed: number;
}

export interface FleetBenchOptions {
  readonly size: FleetSize;
  readonly parts: readonly BenchPart[];
  /** Changes a second that the view alone is given. */
  readonly rate: number;
  /** How long each row is measured. */
  readonly seconds: number;
  /** Readers of WatchFleet at once: one row for each. */
  readonly readers: readonly number[];
  readonly jsonFile: string | null;
}

const benchParts = ["core", "etcd"] as const;
export type BenchPart = (typeof benchParts)[number];

export class FleetUsageError extends Error {}

export const fleetUsage = `npm run bench:fleet -- [options]

  --only PART     core (the view of the fleet and its readers) or etcd (end to end through a real etcd); default both
  --hosts N       simulated hosts (default 1000)
  --leases N      leases of each, on average (default 200)
  --rate N        changes a second into the view (default 10000)
  --seconds S     how long each row is measured (default 10)
  --readers N     readers at once; may be given again (default 1, 20)
  --seed N        what the fleet is like (default 1)
  --json FILE     write the figures as JSON
  --smoke         a small fleet for a second: shows that the benchmark works, and no figure means anything`;

/** Throws FleetUsageError; `null` when help is asked for. */
export function readFleetOptions(words: readonly string[]): FleetBenchOptions | null {
  const values = parse(words);
  if (values.help === true) return null;
  const smoke = values.smoke === true;
  const whole = (name: "hosts" | "leases" | "rate" | "seed", usual: number, max: number): number =>
    wholeNumberOf(`--${name}`, values[name] ?? String(usual), name === "seed" ? 0 : 1, max);
  return {
    size: {
      hostCount: whole("hosts", smoke ? 40 : 1_000, 20_000),
      leasesPerHost: whole("leases", smoke ? 20 : 200, 5_000),
      seed: whole("seed", 1, 0xffff_ffff),
    },
    parts: partsOf(values.only),
    rate: whole("rate", smoke ? 1_000 : 10_000, 1_000_000),
    seconds: numberOf("--seconds", values.seconds ?? (smoke ? "1" : "10"), 0.5, 120),
    readers: (values.readers ?? ["1", "20"]).map((text) =>
      wholeNumberOf("--readers", text, 1, 100),
    ),
    jsonFile: values.json ?? null,
  };
}

function parse(words: readonly string[]) {
  const text = { type: "string" } as const;
  const several = { type: "string", multiple: true } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...words],
      options: {
        only: several,
        hosts: text,
        leases: text,
        rate: text,
        seconds: text,
        readers: several,
        seed: text,
        json: text,
        smoke: flag,
        help: { ...flag, short: "h" },
      },
    }).values;
  } catch (error) {
    throw new FleetUsageError((error as Error).message);
  }
}

function partsOf(given: readonly string[] | undefined): readonly BenchPart[] {
  if (given === undefined) return benchParts;
  return given.map((name) => {
    const part = benchParts.find((each) => each === name);
    if (part === undefined) throw new FleetUsageError(`--only ${name}: it is core or etcd`);
    return part;
  });
}

function wholeNumberOf(option: string, text: string, min: number, max: number): number {
  const value = numberOf(option, text, min, max);
  if (Number.isInteger(value)) return value;
  throw new FleetUsageError(`${option} ${text}: it must be a whole number`);
}

function numberOf(option: string, text: string, min: number, max: number): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= min && value <= max) return value;
  throw new FleetUsageError(`${option} ${text}: it must be a number from ${min} to ${max}`);
}
