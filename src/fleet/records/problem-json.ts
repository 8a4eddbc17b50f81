// A problem of a host, read from JSON inside the host's record; its members are written as they are.

import type { ProblemRecord } from "./host-record.js";
import { asObject, choiceOf, textOf, unfit, wholeOf } from "./read-fields.js";
import { leaseIdLengthMax, problemTextLengthMax, wordLengthMax } from "./record-limits.js";

const severities = ["info", "warning", "critical"] as const;
const highestPort = 65_535;
const reasonPattern = new RegExp(`^[A-Z][A-Z0-9_]{0,${wordLengthMax - 1}}$`);

export function readProblem(item: unknown): ProblemRecord {
  const object = asObject(item, "problems");
  const reason = textOf(object, "reason", wordLengthMax);
  if (!reasonPattern.test(reason))
    throw unfit(object, "reason", "it is a word in UPPER_SNAKE_CASE");
  return {
    severity: choiceOf(object, "severity", severities),
    reason,
    message: textOf(object, "message", problemTextLengthMax),
    remedy: textOf(object, "remedy", problemTextLengthMax),
    pool: textOf(object, "pool", wordLengthMax),
    blockId: textOf(object, "blockId", wordLengthMax),
    port: wholeOf(object, "port", 0, highestPort),
    leaseId: textOf(object, "leaseId", leaseIdLengthMax),
  };
}
