// Keeps the stream of the broker's live view open, and comes back when it breaks. Says at each moment how old is what it knows.

import { type ReadonlySignal, signal } from "@preact/signals";
import { asApiError, wantsToken } from "../api/api-error.js";
import type { LeaseEvent, LiveUpdate } from "../api/messages.js";
import { backoffMs } from "../model/backoff.js";
import type { Connection } from "../model/connection-text.js";
import {
  applyUpdate,
  beginStream,
  type LiveState,
  nothingKnown,
  withEarlierEvents,
} from "../model/live-state.js";

/** WatchBroker sends something each second; who is silent for this long is not there, whatever TCP says. */
const silentMsMax = 6_000;

export type Watch = (receive: (update: LiveUpdate) => void, signal: AbortSignal) => Promise<void>;

export class LiveConnection {
  readonly #watch: Watch;
  readonly #state = signal<LiveState>(nothingKnown);
  readonly #connection = signal<Connection>({ kind: "connecting" });
  readonly #heardAtMs = signal<number | null>(null);
  #attempt = 0;
  #stream: AbortController | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  get state(): ReadonlySignal<LiveState> {
    return this.#state;
  }

  get connection(): ReadonlySignal<Connection> {
    return this.#connection;
  }

  /** When the last message came, by this browser's clock; `null` before the first. */
  get heardAtMs(): ReadonlySignal<number | null> {
    return this.#heardAtMs;
  }

  /** Connects now, anew where there is a connection: at the start, with another token, and when a person asks for it. */
  connect(): void {
    clearTimeout(this.#retryTimer);
    this.#stream?.abort();
    const stream = new AbortController();
    this.#stream = stream;
    void this.#run(stream);
  }

  /** Takes over what happened before the page was opened. */
  addEarlierEvents(events: readonly LeaseEvent[]): void {
    this.#state.value = withEarlierEvents(this.#state.value, events);
  }

  async #run(stream: AbortController): Promise<void> {
    let isFirst = true;
    const receive = (update: LiveUpdate): void => {
      if (this.#stream !== stream) return;
      this.#attempt = 0;
      this.#heardAtMs.value = Date.now();
      const before = this.#state.value;
      this.#state.value = isFirst ? beginStream(before, update) : applyUpdate(before, update);
      isFirst = false;
      if (this.#connection.value.kind !== "live") this.#connection.value = { kind: "live" };
      this.#expectMore(stream);
    };
    this.#expectMore(stream);
    try {
      await this.#watch(receive, stream.signal);
      this.#ended(stream, "The broker has ended the connection.");
    } catch (error) {
      const refusal = asApiError(stream.signal.aborted ? stream.signal.reason : error);
      if (wantsToken(refusal) || refusal.code === "permission_denied")
        this.#signedOut(stream, refusal);
      else this.#ended(stream, refusal.message);
    }
  }

  #expectMore(stream: AbortController): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => {
      stream.abort(new Error(`The broker has been silent for ${silentMsMax / 1_000} s.`));
    }, silentMsMax);
  }

  #signedOut(stream: AbortController, error: ReturnType<typeof asApiError>): void {
    if (this.#stream !== stream) return;
    clearTimeout(this.#silenceTimer);
    // Who may not see it any more should not see what was there before either.
    this.#state.value = nothingKnown;
    this.#connection.value = { kind: "signed-out", error };
  }

  #ended(stream: AbortController, reason: string): void {
    if (this.#stream !== stream) return;
    clearTimeout(this.#silenceTimer);
    const waitMs = backoffMs(this.#attempt, Math.random());
    this.#attempt += 1;
    this.#connection.value = { kind: "lost", reason, retryAtMs: Date.now() + waitMs };
    this.#retryTimer = setTimeout(() => this.connect(), waitMs);
  }
}
