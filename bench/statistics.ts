// Medians and percentiles of measured values. Knows nothing of what was measured.

/** What several rounds gave. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Throws RangeError for no values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantileOf(sorted, 0.5),
    min: quantileOf(sorted, 0),
    max: quantileOf(sorted, 1),
  };
}

/** `share` is 0 to 1. Interpolates between neighbours, so that an even number of rounds has a median too. */
export function quantileOf(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError("there are no values");
  return below + (above - below) * (position - Math.floor(position));
}
