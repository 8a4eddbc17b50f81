// Asks the broker for an answer now and then, and notes how long that took.

import { setTimeout as delay } from "node:timers/promises";
import type { SessionClient } from "../rows/session-client.js";

const pingEveryMs = 10;

/** Somebody else who wants a word with the broker now and then. */
export class Pinger {
  readonly #session: SessionClient;
  readonly #latencies: number[] = [];
  #stopped = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(session: SessionClient) {
    this.#session = session;
  }

  start(): void {
    this.#ended = this.#run();
  }

  async stop(): Promise<readonly number[]> {
    this.#stopped = true;
    await this.#ended;
    void this.#session.close();
    return this.#latencies;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const startMs = performance.now();
      await this.#session.ask({ $case: "ping", value: {} }, "pong");
      this.#latencies.push(performance.now() - startMs);
      await delay(pingEveryMs);
    }
  }
}
