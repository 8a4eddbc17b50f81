// A reader of a live view of the broker, and what it was sent last.

import type { ServerWritableStream } from "@grpc/grpc-js";
import type {
  WatchBrokerRequest,
  WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { Picture } from "./broker-picture.js";
import { LiveReader } from "./live-reader.js";
import type { LiveWatchRequest } from "./watch-broker-request.js";

export type LiveCall = Pick<
  ServerWritableStream<WatchBrokerRequest, WatchBrokerResponse>,
  "cancelled" | "destroyed" | "emit" | "on" | "request" | "writableEnded" | "write"
>;

export class LiveWatch extends LiveReader<WatchBrokerResponse> {
  readonly request: LiveWatchRequest;
  /** How many events had happened when it was sent the last one. */
  eventsSeen: number;
  #sent: Picture | null = null;

  /** `onEnd` is called once, for whatever reason it ends. */
  constructor(
    call: LiveCall,
    request: LiveWatchRequest,
    begin: { readonly nowMs: number; readonly eventsSeen: number },
    onEnd: (watch: LiveWatch) => void,
  ) {
    super(call, { everyMs: request.everyMs, nowMs: begin.nowMs }, () => onEnd(this));
    this.request = request;
    this.eventsSeen = begin.eventsSeen;
  }

  /** What it was sent last; `null`: nothing yet. */
  get sent(): Picture | null {
    return this.#sent;
  }

  send(message: WatchBrokerResponse, picture: Picture, nowMs: number): void {
    this.#sent = picture;
    this.write(message, nowMs);
  }
}
