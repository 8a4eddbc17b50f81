// A warning about something that may happen thousands of times a second: said once in a while, with how often it happened.

import { LimitedLines } from "./limited-lines.js";
import type { Log, LogFields } from "./log.js";

const everyMs = 10_000;

export class SeldomWarning {
  readonly #lines: LimitedLines<LogFields>;

  constructor(message: string, log: Log) {
    this.#lines = new LimitedLines({
      writtenMax: 1,
      periodMs: everyMs,
      write: (fields) => log.warn(message, fields),
      writeMore: (count) => log.warn(message, { count }),
    });
  }

  /** The first one at once; those of the next ten seconds are counted and told together then as a count. */
  say(fields: LogFields): void {
    this.#lines.say(fields);
  }
}
