// In how long a pool has no free port left, when it goes on filling as it did lately. Says nothing where it is not plain that it
// fills: a wrong alarm is worse than none, since the use of a pool goes up and down all the time.
//
// The slope is Theil's and Sen's, the median of the slopes between all pairs of samples
// (https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator): a service that leases fifty ports at once makes a step, which moves
// a least-squares line and leaves the median at about zero. It counts when the use rose between more than three fifths of the pairs
// (a step: half of them), over the window by at least one port and by three times as much as it scatters around the line, and
// rose still in the last quarter of it.

/** How far back is looked. */
export const exhaustionWindowMs = 600_000;
/** Two minutes of samples: fewer are no trend. */
const samplesMin = 12;
/** Of all pairs of samples: a step makes at most half of them rise, chance about half. */
const risingShareMin = 0.6;
/** By how many times its scatter the use must have risen. */
const scattersMin = 3;
/** Later than this nobody plans for; a slope so small is none. The API does not tell more. */
const exhaustionMaxMs = 7 * 86_400_000;
/** From the median of the distances to the standard deviation of a normal distribution. */
const deviationPerMedian = 1.4826;

export interface UseSample {
  /** Monotonic. */
  readonly atMs: number;
  readonly total: number;
  readonly free: number;
}

/**
 * `samples`: those of the window, oldest first. `sizeMax`: to how many ports the pool may grow. 0 when it is full now; `null` when
 * it does not fill up, fills too slowly to matter, or too little is known.
 */
export function timeToExhaustionMs(samples: readonly UseSample[], sizeMax: number): number | null {
  const last = samples.at(-1);
  if (last === undefined || last.total === 0) return null;
  const capacity = Math.max(last.total, sizeMax);
  const left = capacity - used(last);
  if (left <= 0) return 0;
  const slope = risingSlope(samples);
  if (slope === null) return null;
  const timeMs = left / slope;
  return timeMs <= exhaustionMaxMs ? timeMs : null;
}

/** Ports in use more, a millisecond; `null` when it is not plain that they rise. */
function risingSlope(samples: readonly UseSample[]): number | null {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || samples.length < samplesMin) return null;
  const slopes = slopesOf(samples);
  const rising = slopes.filter((one) => one > 0).length;
  if (rising <= risingShareMin * slopes.length) return null;
  const slope = median(slopes);
  const rise = slope * (last.atMs - first.atMs);
  if (rise < 1 || rise < scattersMin * scatterAround(samples, slope)) return null;
  const quarter = Math.floor(samples.length / 4);
  const lately = median(samples.slice(-quarter).map(used));
  const before = median(samples.slice(-2 * quarter, -quarter).map(used));
  return lately > before ? slope : null;
}

/** Between all pairs: 1,770 for the samples of ten minutes. */
function slopesOf(samples: readonly UseSample[]): number[] {
  const slopes: number[] = [];
  for (const [index, earlier] of samples.entries()) {
    for (const later of samples.slice(index + 1)) {
      slopes.push((used(later) - used(earlier)) / (later.atMs - earlier.atMs));
    }
  }
  return slopes;
}

function scatterAround(samples: readonly UseSample[], slope: number): number {
  const rests = samples.map((sample) => used(sample) - slope * sample.atMs);
  const level = median(rests);
  return deviationPerMedian * median(rests.map((rest) => Math.abs(rest - level)));
}

function used({ total, free }: UseSample): number {
  return total - free;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
