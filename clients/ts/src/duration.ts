// Converts between milliseconds and google.protobuf.Duration.

import type { Duration } from "@portlease/proto/google/protobuf/duration.js";

/** Rounds to a whole nanosecond. `ms` is finite and 0 or more. */
export function durationFromMs(ms: number): Duration {
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.round((ms - seconds * 1000) * 1e6);
  // Rounding may make a full second of 999.9999999 ms.
  return nanos === 1e9
    ? { seconds: BigInt(seconds + 1), nanos: 0 }
    : { seconds: BigInt(seconds), nanos };
}

/** Milliseconds, maybe fractional; `null` for an unset duration. */
export function msFromDuration(duration: Duration | undefined): number | null {
  return duration === undefined ? null : Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}
