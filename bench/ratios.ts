// The ratios that the benchmark is about, and the goals for them. Absolute figures say more about a machine than about us.

import type { Measurement } from "./rounds.js";
import { type Spread, spreadOf } from "./statistics.js";

export interface Ratio {
  readonly name: string;
  readonly concurrency: number;
  /** The ratios within each round, so that slow changes of the machine cancel out. */
  readonly value: Spread;
}

export interface Goal {
  readonly name: string;
  /** ">= 0.9" */
  readonly goal: string;
  readonly figure: number;
  readonly met: boolean;
}

type Metric = "callsPerSecond" | "unitsPerSecond" | "p99Ms";

interface RatioDefinition {
  readonly name: string;
  readonly metric: Metric;
  /** Names of scenarios. */
  readonly of: string;
  readonly to: string;
  /** For the JavaScript client with 64 requests in flight; `null`: only told. */
  readonly goal: {
    readonly name: string;
    readonly atLeast?: number;
    readonly atMost?: number;
  } | null;
}

const goalConcurrency = 64;

const definitions: readonly RatioDefinition[] = [
  {
    name: "durable unary calls / empty unary calls",
    metric: "callsPerSecond",
    of: "unary-pair",
    to: "empty-unary",
    goal: { name: "JS client: durable calls / its empty unary, c=64", atLeast: 0.9 },
  },
  {
    name: "unary pairs with request_id and process / without",
    metric: "unitsPerSecond",
    of: "client-pair",
    to: "unary-pair",
    goal: null,
  },
  {
    name: "session pairs / unary pairs",
    metric: "unitsPerSecond",
    of: "session-pair",
    to: "unary-pair",
    goal: { name: "Session stream vs own unary pair, c=64, JS client", atLeast: 5 },
  },
  {
    name: "renewals 64 per message / 1 per message",
    metric: "unitsPerSecond",
    of: "session-renew-64",
    to: "session-renew",
    goal: { name: "batched x64 renewals vs unbatched, c=64, JS client", atLeast: 6 },
  },
  {
    name: "p99 of a durable unary call / of an empty one",
    metric: "p99Ms",
    of: "unary-pair",
    to: "empty-unary",
    goal: { name: "p99 unary / p99 empty unary, c=64, JS client", atMost: 1.3 },
  },
  {
    name: "p99 of a durable session call / of an empty unary one",
    metric: "p99Ms",
    of: "session-pair",
    to: "empty-unary",
    goal: { name: "p99 Session / p99 empty unary, c=64, JS client", atMost: 0.5 },
  },
];

/** Those whose two rows were both measured. */
export function ratiosOf(measurements: readonly Measurement[]): readonly Ratio[] {
  const concurrencies = new Set(measurements.map(({ concurrency }) => concurrency));
  return definitions.flatMap((definition) =>
    [...concurrencies]
      .toSorted((a, b) => a - b)
      .flatMap((concurrency) => {
        const values = ratiosByRound(definition, concurrency, measurements);
        if (values.length === 0) return [];
        return [{ name: definition.name, concurrency, value: spreadOf(values) }];
      }),
  );
}

/** Those whose ratio was measured. */
export function goalsOf(ratios: readonly Ratio[]): readonly Goal[] {
  return definitions.flatMap(({ name, goal }) => {
    const ratio = ratios.find((one) => one.name === name && one.concurrency === goalConcurrency);
    if (ratio === undefined || goal === null) return [];
    const { atLeast = -Infinity, atMost = Infinity } = goal;
    const figure = ratio.value.median;
    return [
      {
        name: goal.name,
        goal: goal.atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`,
        figure,
        met: figure >= atLeast && figure <= atMost,
      },
    ];
  });
}

function ratiosByRound(
  { metric, of, to }: RatioDefinition,
  concurrency: number,
  measurements: readonly Measurement[],
): number[] {
  const named = (name: string): readonly Measurement[] =>
    measurements.filter((one) => one.scenario.name === name && one.concurrency === concurrency);
  return named(of).flatMap((above) => {
    const below = named(to).find(({ round }) => round === above.round);
    return below === undefined ? [] : [valueOf(metric, above) / valueOf(metric, below)];
  });
}

function valueOf(metric: Metric, { scenario, window }: Measurement): number {
  const callsPerSecond = (window.calls * 1_000) / window.durationMs;
  switch (metric) {
    case "callsPerSecond":
      return callsPerSecond;
    case "unitsPerSecond":
      return callsPerSecond * scenario.unitsPerCall;
    case "p99Ms":
      return window.p99Ms;
  }
}
