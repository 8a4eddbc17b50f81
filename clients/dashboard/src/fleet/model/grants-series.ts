// Grants per minute as columns for the chart, and as a sentence for those who do not see it.

import { countText } from "../../model/format.js";
import type { MinuteGrants } from "../api/fleet-messages.js";

export interface GrantsSeries {
  /** Seconds since 1970, minute by minute. */
  readonly times: readonly number[];
  /** `null`: no host was heard to have run in that minute. */
  readonly grants: readonly (number | null)[];
}

/** Minutes that are missing between the first and the last have no value. */
export function grantsSeries(minutes: readonly MinuteGrants[]): GrantsSeries {
  const told = new Map<number, number>();
  for (const { minuteTime, grants } of minutes) {
    const seconds = Math.round(Date.parse(minuteTime ?? "") / 1_000);
    if (!Number.isNaN(seconds)) told.set(seconds, grants);
  }
  const seconds = [...told.keys()].toSorted((a, b) => a - b);
  const [first, last] = [seconds[0], seconds.at(-1)];
  if (first === undefined || last === undefined) return { times: [], grants: [] };
  // What lies an hour or more apart is no chart of an hour: a minute that was wrong should not cost the page its memory.
  const count = Math.min(minutesMax, Math.floor((last - first) / 60) + 1);
  const times = Array.from({ length: count }, (_, index) => last - (count - 1 - index) * 60);
  return { times, grants: times.map((time) => told.get(time) ?? null) };
}

const minutesMax = 60;

/** "1,204 grants in the last hour, at most 40 in a minute." */
export function grantsSentence({ grants }: GrantsSeries): string {
  const told = grants.filter((count) => count !== null);
  if (told.length === 0) return "No grants are known yet.";
  const sum = told.reduce((total, count) => total + count, 0);
  const most = Math.max(...told);
  return `${countText(sum)} grants in the last hour, at most ${countText(most)} in a minute.`;
}
