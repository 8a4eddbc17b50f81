// Durations of the API as numbers.

import type { Duration } from "@portlease/proto/google/protobuf/duration.js";

/** Whole milliseconds, rounded down; `null` when unset. */
export function durationMs(duration: Duration | undefined): number | null {
  if (duration === undefined) return null;
  return Number(duration.seconds) * 1_000 + Math.floor(duration.nanos / 1_000_000);
}
