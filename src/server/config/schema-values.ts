// The kinds of values that settings have, each with the words that say what it must be.

import * as z from "zod";
import { parseDuration } from "./duration.js";

/** Says what a value must be. The message is used as "<path> is <value>: <message>". */
export function must(be: string): { error: string } {
  return { error: `it must be ${be}` };
}

export function wholeNumber(lowest: number, highest: number): z.ZodInt {
  const say = must(`a whole number from ${lowest} to ${highest}`);
  return z.int(say).min(lowest, say).max(highest, say);
}

export function word<const Words extends readonly [string, ...string[]]>(
  words: Words,
): z.ZodEnum<{ [Word in Words[number]]: Word }> {
  return z.enum(words, must(`one of ${words.join(", ")}`));
}

export function text(be: string, pattern: RegExp): z.ZodString {
  return z.string(must(be)).regex(pattern, must(be));
}

export function duration(lowestMs: number, highestMs: number, range: string): z.ZodType<number> {
  return z.unknown().transform((value, context): number => {
    const durationMs = value === 0 ? 0 : typeof value === "string" ? parseDuration(value) : null;
    if (durationMs !== null && durationMs >= lowestMs && durationMs <= highestMs) return durationMs;
    const form = durationMs === null ? 'a time with its unit, such as "30s" or "500ms",' : "a time";
    context.addIssue({ code: "custom", message: `it must be ${form} from ${range}` });
    return z.NEVER;
  });
}

/** Flags and variables say it as words. */
export function truth(): z.ZodType<boolean> {
  const yesOrNo = must("true or false");
  const either = z.union([z.boolean(yesOrNo), z.enum(["true", "false"], yesOrNo)], yesOrNo);
  return either.transform((value) => value === true || value === "true");
}
