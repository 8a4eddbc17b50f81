// Leases granted in each minute, out of a broker's usage over time.

import type { UsageSample } from "@portlease/proto/portlease/v1/admin_service.js";
import type { GrantCounts } from "../../records/host-record.js";
import { grantMinutesMax } from "../../records/record-limits.js";

const minuteMs = 60_000;

export const noGrants: GrantCounts = { firstMinuteWallMs: 0, counts: [] };

/**
 * The whole minutes that the samples cover, at most the last 60. Minutes in which the broker did not run have none in between, and are
 * missing before.
 *
 * @param everyMs The time that a sample covers, which ends with it.
 */
export function grantMinutes(samples: readonly UsageSample[], everyMs: number): GrantCounts {
  const grants = new Map<number, number>();
  let first = Infinity;
  let last = -Infinity;
  for (const { sampleTime, grants: count } of samples) {
    if (sampleTime === undefined) continue;
    const middleMs = sampleTime.getTime() - everyMs / 2;
    const minute = Math.floor(middleMs / minuteMs);
    grants.set(minute, (grants.get(minute) ?? 0) + count);
    first = Math.min(first, minute);
    last = Math.max(last, minute);
  }
  // Of the first minute and the last one there is only a part.
  const from = Math.max(first + 1, last - grantMinutesMax);
  if (!(from < last)) return noGrants;
  const counts = Array.from({ length: last - from }, (_, index) => grants.get(from + index) ?? 0);
  return { firstMinuteWallMs: from * minuteMs, counts };
}
