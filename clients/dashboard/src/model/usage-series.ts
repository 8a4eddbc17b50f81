// Samples of a pool's use as the columns that the chart draws, and as a sentence for those who do not see it.

import type { UsageHistory, UsageSample } from "../api/messages.js";
import { countText, durationMs } from "./format.js";

export interface UsageSeries {
  /** Seconds since 1970. */
  readonly times: readonly number[];
  /** A gap, where the broker was not running, is `null`. */
  readonly leased: readonly (number | null)[];
  readonly quarantined: readonly (number | null)[];
  readonly total: readonly (number | null)[];
  readonly grants: readonly (number | null)[];
  readonly refusals: readonly (number | null)[];
}

/** A sample may be late; two that are missing are a gap. */
const gapIntervals = 2.5;

export function usageSeries({ samples, interval }: UsageHistory): UsageSeries {
  const intervalSeconds = (durationMs(interval) ?? 10_000) / 1_000;
  const rows: { time: number; sample: UsageSample | null }[] = [];
  for (const sample of samples) {
    const time = Date.parse(sample.sampleTime) / 1_000;
    const before = rows.at(-1);
    if (before !== undefined && time - before.time > gapIntervals * intervalSeconds) {
      rows.push({ time: before.time + intervalSeconds, sample: null });
    }
    rows.push({ time, sample });
  }
  const column = (read: (sample: UsageSample) => number): (number | null)[] =>
    rows.map(({ sample }) => (sample === null ? null : read(sample)));
  return {
    times: rows.map(({ time }) => time),
    leased: column(({ usage }) => usage.leased),
    quarantined: column(({ usage }) => usage.quarantined),
    total: column(({ usage }) => usage.total),
    grants: column(({ grants }) => grants),
    refusals: column(({ refusals }) => refusals),
  };
}

/** "12 of 256 ports leased now, between 3 and 40 in this time; 512 grants, no refusals." */
export function usageSentence({ samples }: UsageHistory): string {
  const last = samples.at(-1);
  if (last === undefined) return "No samples yet.";
  const leased = samples.map(({ usage }) => usage.leased);
  const sum = (read: (sample: UsageSample) => number): number =>
    samples.reduce((total, sample) => total + read(sample), 0);
  const refusals = sum((sample) => sample.refusals);
  const between = `between ${countText(Math.min(...leased))} and ${countText(Math.max(...leased))}`;
  const flow = `${countText(sum((sample) => sample.grants))} grants, ${refusals === 0 ? "no" : countText(refusals)} refusals`;
  return `${countText(last.usage.leased)} of ${countText(last.usage.total)} ports leased now, ${between} in this time; ${flow}.`;
}
