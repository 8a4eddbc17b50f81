// How many leases a host granted in each minute, as JSON inside its record.

import type { GrantCounts } from "./host-record.js";
import { listOf, objectOf, timeOf, unfit } from "./read-fields.js";
import { type JsonObject, shown, Unreadable } from "./read-record.js";
import { countMax, grantMinutesMax } from "./record-limits.js";
import { writeTime } from "./write-time.js";

const minuteMs = 60_000;

export function writeGrants({ firstMinuteWallMs, counts }: GrantCounts): object {
  return { firstMinute: writeTime(firstMinuteWallMs), counts };
}

/** Of the host's record. */
export function readGrants(host: JsonObject): GrantCounts {
  const object = objectOf(host, "grants");
  const firstMinuteWallMs = timeOf(object, "firstMinute");
  if (firstMinuteWallMs % minuteMs !== 0) {
    throw unfit(object, "firstMinute", "it is a full minute");
  }
  return { firstMinuteWallMs, counts: listOf(object, "counts", grantMinutesMax, toCount) };
}

function toCount(item: unknown): number {
  if (typeof item === "number" && Number.isInteger(item) && item >= 0 && item <= countMax) {
    return item === 0 ? 0 : item;
  }
  throw new Unreadable(
    `an entry of its counts is ${shown(item)}, and they are whole numbers from 0 to ${countMax}`,
  );
}
