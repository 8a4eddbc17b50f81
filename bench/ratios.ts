// The ratios between rows, and what they say of their goals. Absolute figures say more about a machine than about us.

import { type Goal, goalOf } from "./goals.js";
import { type Metric, type RatioDefinition, ratioDefinitions } from "./ratio-definitions.js";
import type { Measurement } from "./rows/cells.js";
import { type Spread, spreadOf } from "./statistics.js";

export interface Ratio {
  readonly name: string;
  readonly concurrency: number;
  /** The ratios within each round, so that slow changes of the machine cancel out. */
  readonly value: Spread;
}

/** Those whose two rows were both measured. */
export function ratiosOf(
  measurements: readonly Measurement[],
  definitions: readonly RatioDefinition[] = ratioDefinitions,
): readonly Ratio[] {
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

/** Those whose ratio was measured: medians against what is wanted. */
export function goalsOf(
  ratios: readonly Ratio[],
  definitions: readonly RatioDefinition[] = ratioDefinitions,
): readonly Goal[] {
  return definitions.flatMap(({ name, goals }) =>
    Object.entries(goals).flatMap(([concurrency, wanted]) => {
      const ratio = ratios.find(
        (one) => one.name === name && one.concurrency === Number(concurrency),
      );
      if (ratio === undefined) return [];
      return [goalOf(`${name}, c=${concurrency}`, wanted, ratio.value.median)];
    }),
  );
}

function ratiosByRound(
  { metric, of, to, client, toClient = client }: RatioDefinition,
  concurrency: number,
  measurements: readonly Measurement[],
): number[] {
  const named = (name: string, by: string): readonly Measurement[] =>
    measurements.filter(
      (one) => one.row.name === name && one.client === by && one.concurrency === concurrency,
    );
  return named(of, client).flatMap((above) => {
    const below = named(to, toClient).find(({ round }) => round === above.round);
    return below === undefined ? [] : [valueOf(metric, above) / valueOf(metric, below)];
  });
}

function valueOf(metric: Metric, { row, window }: Measurement): number {
  const callsPerSecond = (window.calls * 1_000) / window.durationMs;
  switch (metric) {
    case "callsPerSecond":
      return callsPerSecond;
    case "unitsPerSecond":
      return callsPerSecond * row.unitsPerCall;
    case "p99Ms":
      return window.p99Ms;
  }
}
