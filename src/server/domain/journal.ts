// Group commit: one batch on its way to the store, the next batch takes everything that queued meanwhile. Gives each change
// its revision at the last moment, so that a change may be withdrawn until then. After a failed batch nothing is accepted
// until `resume`, because what is on disk is unknown (semantics.md 1).

import type { Clock, EndOfTurn, LeaseStore } from "./boundaries.js";
import { CommitCounters } from "./core-counters.js";
import type { BrokerError } from "./errors.js";
import type { Change, SealedChange } from "./records.js";
import { storeUnavailable } from "./refusals.js";

/**
 * Bounds the work of one transaction, and of the turn of the event loop in which all of its changes are told, some 50 us each;
 * the rest goes into the next.
 */
const batchMax = 1_000;

export interface JournalEntry {
  /** Makes the change once its revision is known. Called at most once, just before the batch is sent. */
  seal(revision: number, wallMs: number): Change;
  /** Called in revision order once the change is on disk. Must not throw. */
  committed(sealed: SealedChange): void;
  /** Called instead when the change is not, or perhaps not, on disk. */
  failed(error: BrokerError): void;
}

export class Journal {
  readonly counters = new CommitCounters();
  readonly #store: LeaseStore;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  readonly #endOfTurn: EndOfTurn;
  #revision: number;
  #queue: JournalEntry[] = [];
  #flushing = false;
  #failed = false;
  #sending = false;
  #sentWaiters: (() => void)[] = [];
  #idleWaiters: (() => void)[] = [];

  /**
   * `revision` is the last one on disk. `onFailure` is called once per failure, after all entries were told. `endOfTurn`: see
   * EndOfTurn; default: the end of what runs now.
   */
  constructor(
    store: LeaseStore,
    clock: Clock,
    revision: number,
    onFailure: (error: unknown) => void,
    endOfTurn: EndOfTurn = queueMicrotask,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#revision = revision;
    this.#onFailure = onFailure;
    this.#endOfTurn = endOfTurn;
  }

  /** The revision of the last change that is on disk. */
  get revision(): number {
    return this.#revision;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** Queues a change. Throws store_unavailable while the store has failed. */
  append(entry: JournalEntry): void {
    if (this.#failed) throw storeUnavailable();
    this.#queue.push(entry);
    if (this.#flushing) return;
    this.#flushing = true;
    void this.#flush();
  }

  /** Takes a change back that was not sent yet; false when it is too late. */
  withdraw(entry: JournalEntry): boolean {
    const index = this.#queue.indexOf(entry);
    if (index < 0) return false;
    this.#queue.splice(index, 1);
    return true;
  }

  /** Accepts changes again after a failure. `revision` is the last one found on disk. */
  resume(revision: number): void {
    this.#revision = revision;
    this.#failed = false;
  }

  /** Resolves when nothing is queued or on its way. */
  async drained(): Promise<void> {
    if (!this.#flushing) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Resolves when the batch that is on its way, if one is, is told as committed or as failed. */
  async settled(): Promise<void> {
    if (!this.#sending) return;
    await new Promise<void>((resolve) => this.#sentWaiters.push(resolve));
  }

  async #flush(): Promise<void> {
    for (;;) {
      // Everything that is asked in this turn of the event loop shares the batch.
      await new Promise<void>((resolve) => this.#endOfTurn(resolve));
      if (this.#queue.length === 0) break;
      const entries = this.#queue.splice(0, batchMax);
      const wallMs = this.#clock.wallMs();
      const batch = entries.map((entry, index) => {
        const revision = this.#revision + 1 + index;
        return { revision, wallMs, change: entry.seal(revision, wallMs) };
      });
      const sentMs = this.#clock.monotonicMs();
      this.#sending = true;
      try {
        await this.#store.commit(batch);
      } catch (error) {
        this.counters.failures += 1;
        this.#fail(entries, error);
        this.#sent();
        break;
      }
      this.counters.committed(this.#clock.monotonicMs() - sentMs, batch.length);
      this.#revision += batch.length;
      for (const [index, sealed] of batch.entries()) entries[index]?.committed(sealed);
      this.#sent();
    }
    this.#flushing = false;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #sent(): void {
    this.#sending = false;
    for (const resolve of this.#sentWaiters.splice(0)) resolve();
  }

  #fail(entries: readonly JournalEntry[], cause: unknown): void {
    this.#failed = true;
    const queued = this.#queue;
    this.#queue = [];
    const error = storeUnavailable(cause);
    for (const entry of [...entries, ...queued]) entry.failed(error);
    this.#onFailure(cause);
  }
}
