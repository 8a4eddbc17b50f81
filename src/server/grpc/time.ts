// Durations and times between the core's milliseconds and the API's messages.

import type { Duration } from "@portlease/proto/google/protobuf/duration.js";
import { fieldInvalid } from "../domain/refusals.js";

/** Anything longer is a mistake; it also keeps milliseconds far inside of safe integers. */
const durationSecondsMax = 366 * 24 * 3_600;

const nanosMax = 999_999_999;

export function toDuration(milliseconds: number): Duration {
  const whole = Math.floor(milliseconds / 1_000);
  const nanos = Math.round((milliseconds - whole * 1_000) * 1_000_000);
  return nanos === 1_000_000_000
    ? { seconds: BigInt(whole + 1), nanos: 0 }
    : { seconds: BigInt(whole), nanos };
}

/** Milliseconds; `null` when unset. Throws field_invalid for a negative, malformed or absurdly long duration. */
export function fromDuration(field: string, duration: Duration | undefined): number | null {
  if (duration === undefined) return null;
  const seconds = Number(duration.seconds);
  const { nanos } = duration;
  if (seconds < 0 || nanos < 0)
    throw fieldInvalid(field, "is negative or mixes signs; it must not");
  if (nanos > nanosMax)
    throw fieldInvalid(field, `has ${nanos} nanos; at most ${nanosMax} are allowed`);
  if (seconds > durationSecondsMax) {
    throw fieldInvalid(
      field,
      `is ${seconds} s; it must be at most ${durationSecondsMax} s (a year)`,
    );
  }
  return seconds * 1_000 + nanos / 1_000_000;
}
