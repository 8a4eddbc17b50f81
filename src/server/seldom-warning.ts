// A warning about something that may happen thousands of times a second: said once in a while, with how often it happened.

import type { Log, LogFields } from "./log.js";

const everyMs = 10_000;

export class SeldomWarning {
  readonly #message: string;
  readonly #log: Log;
  #unsaid = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(message: string, log: Log) {
    this.#message = message;
    this.#log = log;
  }

  /** The first one at once; those of the next ten seconds are counted and told together then as a count. */
  say(fields: LogFields): void {
    if (this.#timer !== null) {
      this.#unsaid += 1;
      return;
    }
    this.#log.warn(this.#message, fields);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#unsaid > 0) this.#log.warn(this.#message, { count: this.#unsaid });
      this.#unsaid = 0;
    }, everyMs);
    this.#timer.unref();
  }
}
