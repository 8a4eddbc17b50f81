// Cuts what a broker of a list says to the bounds that records have in etcd: one that lies, or is another program, must not make
// what cannot be encoded, and end the views of all others.

import type { ProblemRecord } from "../../records/host-record.js";
import type { LeaseRecord } from "../../records/lease-record.js";
import {
  countMax,
  labelKeyLengthMax,
  labelsMax,
  labelValueLengthMax,
  urlLengthMax,
  wallMsMax,
  wordLengthMax,
} from "../../records/record-limits.js";

export const highestPort = 65_535;

/** The first `lengthMax` UTF-16 units. */
export function textWithin(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : text.slice(0, lengthMax);
}

/** The nearest whole number from `min` to `max`; what is no number is `min`. */
export function wholeWithin(value: number, min: number, max: number): number {
  return Number.isNaN(value) ? min : Math.trunc(Math.min(max, Math.max(min, value)));
}

export function countWithin(value: number): number {
  return wholeWithin(value, 0, countMax);
}

/** Milliseconds since 1970; 0 for what is no time. */
export function wallMsWithin(time: Date | undefined): number {
  return wholeWithin(time?.getTime() ?? 0, 0, wallMsMax);
}

/** As many of them as a lease may have. */
export function labelsWithin(labels: LeaseRecord["labels"]): LeaseRecord["labels"] {
  const entries = Object.entries(labels);
  const fit = entries.every(
    ([key, value]) => key.length <= labelKeyLengthMax && value.length <= labelValueLengthMax,
  );
  if (fit && entries.length <= labelsMax) return labels;
  return Object.fromEntries(
    entries
      .slice(0, labelsMax)
      .map(([key, value]) => [
        textWithin(key, labelKeyLengthMax),
        textWithin(value, labelValueLengthMax),
      ]),
  );
}

/** Reasons are words that scripts read, a line each. */
export function reasonWithin(reason: string): ProblemRecord["reason"] {
  const known = reason.length <= wordLengthMax && /^[A-Z][A-Z0-9_]*$/.test(reason);
  return known ? reason : "UNKNOWN";
}

/** A dashboard makes a link of it: "" for what is none of the web, such as "javascript:". */
export function urlWithin(url: string): string {
  return url.length <= urlLengthMax && /^https?:\/\/[^\s\p{Cc}]+$/u.test(url) && URL.canParse(url)
    ? url
    : "";
}
