// What grpc-js hands to a handler, for calls that come over the simulated network: just what the handlers of the broker use.

import { EventEmitter } from "node:events";
import type { ServerDuplexStream, ServerUnaryCall } from "@grpc/grpc-js";
import type {
  SessionRequest,
  SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";

class SimServerCall extends EventEmitter {
  cancelled = false;
  readonly #peer: string;

  constructor(peer: string) {
    super();
    this.#peer = peer;
  }

  getPeer(): string {
    return this.#peer;
  }

  /** The caller, or the connection, is gone. */
  cancel(): void {
    this.cancelled = true;
    this.emit("cancelled", "cancelled");
  }
}

export class SimUnaryCall extends SimServerCall {
  readonly request: unknown;

  constructor(peer: string, request: unknown) {
    super(peer);
    this.request = request;
  }

  /** As a handler takes it. */
  asCall<Request, Response>(): ServerUnaryCall<Request, Response> {
    return this as unknown as ServerUnaryCall<Request, Response>;
  }
}

export interface ServerStreamEvents {
  wrote(response: SessionResponse): void;
  ended(error: unknown): void;
}

export class SimServerStream extends SimServerCall {
  destroyed = false;
  writableEnded = false;
  readonly writableNeedDrain = false;
  readonly writableLength = 0;
  readonly #events: ServerStreamEvents;
  readonly #unread: SessionRequest[] = [];
  #paused = false;
  #halfClosed = false;

  constructor(peer: string, events: ServerStreamEvents) {
    super(peer);
    this.#events = events;
    this.on("error", (error: unknown) => this.#finish(error));
  }

  asCall(): ServerDuplexStream<SessionRequest, SessionResponse> {
    return this as unknown as ServerDuplexStream<SessionRequest, SessionResponse>;
  }

  write(response: SessionResponse): boolean {
    if (!this.writableEnded) this.#events.wrote(response);
    return true;
  }

  end(): void {
    this.#finish(null);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    while (!this.#paused) {
      const request = this.#unread.shift();
      if (request === undefined) break;
      this.emit("data", request);
    }
  }

  /** The client sent something. */
  receive(request: SessionRequest): void {
    if (this.#paused) this.#unread.push(request);
    else this.emit("data", request);
  }

  /** The client will send nothing more. */
  halfClose(): void {
    if (this.#halfClosed) return;
    this.#halfClosed = true;
    this.emit("end");
  }

  override cancel(): void {
    this.destroyed = true;
    super.cancel();
    this.emit("close");
  }

  #finish(error: unknown): void {
    if (this.writableEnded) return;
    this.writableEnded = true;
    this.#events.ended(error);
    this.emit("close");
  }
}
