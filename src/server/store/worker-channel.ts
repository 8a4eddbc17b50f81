// Requests to the database thread as promises. One channel is one thread; when it dies, the requests under way are rejected,
// and nothing is known of their effect.

import { Worker } from "node:worker_threads";
import { failed, StoreError } from "./store-error.js";
import type {
  WorkerReply,
  WorkerRequest,
  WorkerResults,
  WorkerSettings,
} from "./worker-messages.js";

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

export class WorkerChannel {
  readonly #dataDirectory: string;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #waiting: Waiting[] = [];
  #alive = true;
  #cause: unknown = "its thread has ended";

  /** Starts the thread. */
  constructor(settings: WorkerSettings) {
    this.#dataDirectory = settings.dataDirectory;
    this.#worker = new Worker(new URL("./sqlite-worker.js", import.meta.url), {
      name: "portlease-store",
      workerData: settings,
      // Flags of the broker's command line, such as --import or --input-type, are not meant for this thread.
      execArgv: [],
    });
    this.#worker.on("message", (reply: WorkerReply) => this.#settle(reply));
    this.#worker.on("error", (error) => {
      this.#cause = error;
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#alive = false;
        for (const { reject } of this.#waiting.splice(0)) reject(this.#death());
        resolve();
      });
    });
  }

  /** Rejects with StoreError. Requests are handled in the order they are made. */
  async ask<K extends WorkerRequest["kind"]>(
    request: Extract<WorkerRequest, { kind: K }>,
  ): Promise<WorkerResults[K]> {
    if (!this.#alive) throw this.#death();
    // Only a request under way keeps the process alive.
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as Waiting["resolve"], reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      this.#worker.postMessage(request);
    });
  }

  /**
   * Ends the thread after all requests made so far. When it resolves, everything that the thread had open is closed, whatever
   * state it was in. Idempotent.
   */
  async end(): Promise<void> {
    try {
      await this.ask({ kind: "close" });
    } catch {
      // The end of the thread closes what could not be closed in order.
    }
    if (this.#alive) this.#worker.ref();
    await this.#ended;
  }

  #settle(reply: WorkerReply): void {
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    if (reply.ok) waiting?.resolve(reply.result);
    else waiting?.reject(new StoreError(reply.code, reply.message));
  }

  #death(): StoreError {
    return failed(this.#dataDirectory, "talking to its thread", this.#cause);
  }
}
