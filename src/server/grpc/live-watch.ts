// One reader of a live view: when it is due, and what it was sent. At most one message waits for it at a time: while that does, it
// is passed over, and what it misses comes joined together with the next one. So a slow reader costs one message and no more.

import type { ServerWritableStream } from "@grpc/grpc-js";
import type {
  WatchBrokerRequest,
  WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { Picture } from "./broker-picture.js";
import { toWireError } from "./rich-error.js";
import type { LiveWatchRequest } from "./watch-broker-request.js";

export type LiveCall = Pick<
  ServerWritableStream<WatchBrokerRequest, WatchBrokerResponse>,
  "cancelled" | "destroyed" | "emit" | "on" | "request" | "writableEnded" | "write"
>;

/** Readers are due at multiples of this, so that those of one interval share their pictures, and there are 20 a second at most. */
const gridMs = 50;

export class LiveWatch {
  readonly request: LiveWatchRequest;
  readonly #call: LiveCall;
  readonly #onEnd: (watch: LiveWatch) => void;
  /** How many events had happened when it was sent the last one. */
  eventsSeen: number;
  #sent: Picture | null = null;
  #dueMs: number;
  /** Since when a message waits to be read; `null`: none does. */
  #unreadSinceMs: number | null = null;
  #ended = false;

  /** `onEnd` is called once, for whatever reason it ends. */
  constructor(
    call: LiveCall,
    request: LiveWatchRequest,
    begin: { readonly nowMs: number; readonly eventsSeen: number },
    onEnd: (watch: LiveWatch) => void,
  ) {
    this.request = request;
    this.#call = call;
    this.#onEnd = onEnd;
    this.#dueMs = begin.nowMs;
    this.eventsSeen = begin.eventsSeen;
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

  /** What it was sent last; `null`: nothing yet. */
  get sent(): Picture | null {
    return this.#sent;
  }

  /** For how long a message has waited to be read; 0 when none does. */
  unreadMs(nowMs: number): number {
    return this.#unreadSinceMs === null ? 0 : nowMs - this.#unreadSinceMs;
  }

  /** It has had its turn: it is due again after its interval. False when it cannot be sent anything now. */
  takeTurn(nowMs: number): boolean {
    const everyMs = Math.ceil(this.request.everyMs / gridMs) * gridMs;
    const nextMs = (Math.floor(nowMs / everyMs) + 1) * everyMs;
    // The first message comes at once, and the second one not right behind it.
    this.#dueMs = this.#sent === null && nextMs - nowMs < everyMs / 2 ? nextMs + everyMs : nextMs;
    return !this.#ended && this.#unreadSinceMs === null;
  }

  send(message: WatchBrokerResponse, picture: Picture, nowMs: number): void {
    if (this.#ended) return;
    this.#sent = picture;
    this.#unreadSinceMs = nowMs;
    // Called when the connection has taken it, which it does as far as the reader reads.
    this.#call.write(message, () => {
      this.#unreadSinceMs = null;
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
    this.#onEnd(this);
  }
}
