// Reads moments of the past as people say them: a time of day, a date and time, or how long ago.

import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../src/server/config/duration.js";

const timeOfDay = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/** Throws commander's InvalidArgumentError. Times without a zone are of this host. */
export function timePoint(text: string): Date {
  return readTimePoint(text, new Date());
}

/** "03:12" is the last time that it was 03:12; "2h" was two hours before `now`. */
export function readTimePoint(text: string, now: Date): Date {
  const ago = parseDuration(text);
  if (ago !== null) return new Date(now.getTime() - ago);
  const [, hours, minutes, seconds = "0"] = timeOfDay.exec(text.trim()) ?? [];
  if (hours !== undefined) {
    const today = new Date(now);
    today.setHours(Number(hours), Number(minutes), Number(seconds), 0);
    if (today > now) today.setDate(today.getDate() - 1);
    return today;
  }
  const time = /^\d{4}-\d\d-\d\d/.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN;
  if (!Number.isNaN(time)) return new Date(time);
  throw new InvalidArgumentError(
    'It must be a time such as "03:12", "2026-11-25T03:12:00Z", or "2h" for two hours ago.',
  );
}
