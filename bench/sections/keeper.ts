// A holder that renews its leases while something else goes on.

import { setTimeout as delay } from "node:timers/promises";
import type { HeldLease } from "../rows/connection.js";
import type { SessionClient } from "../rows/session-client.js";
import { renewAll } from "./many-leases.js";

/** Renews at a third of the TTL from the beginning on. */
export class Keeper {
  readonly #session: SessionClient;
  readonly #held: readonly HeldLease[];
  readonly #everyMs: number;
  #renewals = 0;
  #missed = 0;
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor(session: SessionClient, held: readonly HeldLease[], ttlMs: number) {
    this.#session = session;
    this.#held = held;
    this.#everyMs = ttlMs / 3;
    this.#ended = this.#run();
    // Told of by `stop`.
    this.#ended.catch(() => undefined);
  }

  /** Resolves with how many renewals there were, and how many of them the broker refused. */
  async stop(): Promise<{ readonly renewals: number; readonly missed: number }> {
    this.#stopped = true;
    await this.#ended;
    void this.#session.close();
    return { renewals: this.#renewals, missed: this.#missed };
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const { missed } = await renewAll(this.#session, this.#held);
      this.#missed += missed;
      this.#renewals += this.#held.length;
      await delay(this.#everyMs);
    }
  }
}
