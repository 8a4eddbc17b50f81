// Keeps the stream of a live view open, and comes back when it breaks. Says at each moment how old is what it knows.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { asApiError, wantsToken } from "../api/api-error.js";
import { backoffMs } from "../model/backoff.js";
import type { Connection } from "../model/connection-text.js";
import type { PageConnection, ServerName } from "./page.js";

/** A live view is sent something each second; who is silent for this long is not there, whatever TCP says. */
const silentMsMax = 6_000;

/** What is watched, and how what it sends is put together. */
export interface LiveView<Update, State> {
  /** Resolves when the server ends the stream. */
  watch(receive: (update: Update) => void, signal: AbortSignal): Promise<void>;
  readonly nothingKnown: State;
  /** With the first message of a stream; `before` is what was known of the stream before. */
  begin(before: State, update: Update): State;
  apply(before: State, update: Update): State;
}

export class LiveConnection<Update, State> implements PageConnection {
  readonly #server: ServerName;
  readonly #view: LiveView<Update, State>;
  readonly #state: Signal<State>;
  readonly #connection = signal<Connection>({ kind: "connecting" });
  readonly #heardAtMs = signal<number | null>(null);
  #attempt = 0;
  #stream: AbortController | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(server: ServerName, view: LiveView<Update, State>) {
    this.#server = server;
    this.#view = view;
    this.#state = signal(view.nothingKnown);
  }

  get state(): ReadonlySignal<State> {
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

  /** Adds what was learnt beside the stream. */
  amend(change: (state: State) => State): void {
    this.#state.value = change(this.#state.value);
  }

  async #run(stream: AbortController): Promise<void> {
    let isFirst = true;
    const receive = (update: Update): void => {
      if (this.#stream !== stream) return;
      this.#attempt = 0;
      this.#heardAtMs.value = Date.now();
      const before = this.#state.value;
      this.#state.value = isFirst
        ? this.#view.begin(before, update)
        : this.#view.apply(before, update);
      isFirst = false;
      if (this.#connection.value.kind !== "live") this.#connection.value = { kind: "live" };
      this.#expectMore(stream);
    };
    this.#expectMore(stream);
    try {
      await this.#view.watch(receive, stream.signal);
      this.#ended(stream, `The ${this.#server} has ended the connection.`);
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
      stream.abort(new Error(`The ${this.#server} has been silent for ${silentMsMax / 1_000} s.`));
    }, silentMsMax);
  }

  #signedOut(stream: AbortController, error: ReturnType<typeof asApiError>): void {
    if (this.#stream !== stream) return;
    clearTimeout(this.#silenceTimer);
    // Who may not see it any more should not see what was there before either.
    this.#state.value = this.#view.nothingKnown;
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
