// One reader of a live view: when it is due, and whether it has read. At most one message waits for it at a time: while that does, it
// is passed over, and what it misses comes joined together with the next one. So a slow reader costs one message and no more.

import { toWireError } from "./rich-error.js";

/** What of a call a reader needs, by gRPC as by HTTP. */
export interface LiveReaderCall<Message> {
  readonly cancelled: boolean;
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  emit(event: "error", error: unknown): boolean;
  on(event: "cancelled" | "close" | "error", listener: () => void): unknown;
  write(message: Message, taken: () => void): boolean;
}

/** Readers are due at multiples of this, so that those of one interval share what is made, and there are 20 a second at most. */
const gridMs = 50;

export class LiveReader<Message> {
  readonly #call: LiveReaderCall<Message>;
  readonly #everyMs: number;
  readonly #onEnd: () => void;
  #dueMs: number;
  #begun = false;
  /** Since when a message waits to be read; `null`: none does. */
  #unreadSinceMs: number | null = null;
  #ended = false;

  /** `onEnd` is called once, for whatever reason it ends. */
  constructor(
    call: LiveReaderCall<Message>,
    { everyMs, nowMs }: { readonly everyMs: number; readonly nowMs: number },
    onEnd: () => void,
  ) {
    this.#call = call;
    this.#everyMs = Math.ceil(everyMs / gridMs) * gridMs;
    this.#onEnd = onEnd;
    this.#dueMs = nowMs;
    call.on("cancelled", () => this.#finish());
    call.on("close", () => this.#finish());
    // Whoever ends it from outside does it so; a word more would take the place of the reason.
    call.on("error", () => this.#finish());
  }

  get ended(): boolean {
    return this.#ended;
  }

  get dueMs(): number {
    return this.#dueMs;
  }

  /** Whether a message waits to be read. */
  get unread(): boolean {
    return this.#unreadSinceMs !== null;
  }

  /** For how long a message has waited to be read; 0 when none does. */
  unreadMs(nowMs: number): number {
    return this.#unreadSinceMs === null ? 0 : nowMs - this.#unreadSinceMs;
  }

  /** It has had its turn: it is due again after its interval. False when it cannot be sent anything now. */
  takeTurn(nowMs: number): boolean {
    const everyMs = this.#everyMs;
    const nextMs = (Math.floor(nowMs / everyMs) + 1) * everyMs;
    // The first message comes at once, and the second one not right behind it.
    this.#dueMs = !this.#begun && nextMs - nowMs < everyMs / 2 ? nextMs + everyMs : nextMs;
    return !this.#ended && !this.unread;
  }

  /** It is due before its interval has passed: there is more of what it was sent. */
  hurry(nowMs: number): void {
    this.#dueMs = Math.min(this.#dueMs, nowMs);
  }

  /** A no-op when it has ended. `taken` is called when the connection has the message, which is as far as the reader reads. */
  write(message: Message, nowMs: number, taken?: () => void): void {
    if (this.#ended) return;
    this.#begun = true;
    this.#unreadSinceMs = nowMs;
    this.#call.write(message, () => {
      this.#unreadSinceMs = null;
      taken?.();
    });
  }

  endWith(error: unknown): void {
    if (this.#ended) return;
    this.#finish();
    const { cancelled, destroyed, writableEnded } = this.#call;
    if (!cancelled && !destroyed && !writableEnded) this.#call.emit("error", toWireError(error));
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
  }
}
