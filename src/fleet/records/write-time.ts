// Times as records have them: RFC 3339, in UTC, with milliseconds.

import { wallMsMax } from "./record-limits.js";

/** What RFC 3339 cannot write, such as the time of a clock before 1970, becomes the nearest that it can. */
export function writeTime(wallMs: number): string {
  return new Date(Math.min(wallMsMax, Math.max(0, wallMs))).toISOString();
}
