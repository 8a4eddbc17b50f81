// How long a caller may wait in line, and how long a lease may stay unbound: the bounds of both, which no pool changes.

import { fieldInvalid } from "./refusals.js";

/** The API documents it. Longer than any rolling restart, and short enough that a forgotten caller is not in line for ever. */
export const maxWaitMsMax = 3_600_000;
/** The API documents both. Below a second a program that starts has no chance. */
const bindWithinMsMin = 1_000;
export const bindWithinMsMax = 24 * 3_600_000;

/** `null` is 0: not at all. Throws field_invalid. */
export function checkMaxWait(maxWaitMs: number | null): number {
  if (maxWaitMs === null) return 0;
  if (maxWaitMs <= maxWaitMsMax) return maxWaitMs;
  throw fieldInvalid(
    "max_wait",
    `is ${maxWaitMs / 1_000} s; ask for at most ${maxWaitMsMax / 1_000} s (1 h), or leave it unset and do not wait`,
  );
}

/** Throws field_invalid. */
export function checkBindWithin(bindWithinMs: number | null): number | null {
  if (bindWithinMs === null) return null;
  if (bindWithinMs >= bindWithinMsMin && bindWithinMs <= bindWithinMsMax) return bindWithinMs;
  throw fieldInvalid(
    "bind_within",
    `is ${bindWithinMs / 1_000} s; ask for ${bindWithinMsMin / 1_000} s to ${bindWithinMsMax / 1_000} s (24 h), ` +
      "or leave it unset for no limit",
  );
}
