// The one timer loop: calls the core whenever something is due, and at least every quarter of a second.

import type { Broker } from "./domain/broker.js";

/** Upper bound for how late a deadline that was set meanwhile is noticed. */
const idleMs = 250;

export class Housekeeping {
  readonly #broker: Broker;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  start(): void {
    const delayMs = Math.min(this.#broker.advance() ?? idleMs, idleMs);
    // Not setTimeout(0) in a loop: other callbacks get their turn between two batches.
    if (delayMs === 0) setImmediate(() => this.#next());
    else this.#timer = setTimeout(() => this.#next(), delayMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #next(): void {
    if (!this.#stopped) this.start();
  }
}
