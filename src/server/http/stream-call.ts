// One server stream as server-sent events: what handlers of grpc-js write becomes "data:" lines, no faster than the reader reads.
// Their refusal is the answer when it comes before the stream has begun, else its last event.
// https://html.spec.whatwg.org/multipage/server-sent-events.html

import type { ServerResponse } from "node:http";
import { Writable } from "node:stream";
import type { Metadata, StatusObject } from "@grpc/grpc-js";
import { MessageBatch } from "../grpc/message-batch.js";
import { toWireError } from "../grpc/rich-error.js";
import { answer, writeHead } from "./answer.js";
import type { CallFacts } from "./call-facts.js";
import type { ConnectError } from "./connect-error.js";
import { lastWordsWithinMs, stalledKeepAlivesMax } from "./limits.js";

export const eventStreamType = "text/event-stream; charset=utf-8";

export interface StreamParts {
  /** A message of the handler as JSON, on one line. Throws when it is none. */
  readonly write: (message: object) => string;
  readonly errorOf: (error: Partial<StatusObject>) => ConnectError;
  readonly keepAliveEveryMs: number;
}

/** Called when a message was passed on, or cannot be. */
type Taken = (error: Error | null | undefined) => void;

/** A word of ours between the handler's messages, in their order. */
class Event {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export class StreamCall extends Writable {
  readonly request: unknown;
  readonly metadata: Metadata;
  readonly #peer: string;
  readonly #parts: StreamParts;
  readonly #response: ServerResponse;
  readonly #timer: NodeJS.Timeout;
  #lastWords: NodeJS.Timeout | undefined;
  /** Since the last keep-alive. */
  #wrote = false;
  /** Keep-alives that passed while the reader took nothing of what waits for it. */
  #stalled = 0;
  #begun = false;
  /** A message could not be told. */
  #failed = false;
  /** As grpc-js has it. */
  cancelled = false;

  constructor(
    request: unknown,
    { metadata, peer }: CallFacts,
    response: ServerResponse,
    parts: StreamParts,
  ) {
    super({ objectMode: true, emitClose: true });
    this.request = request;
    this.metadata = metadata;
    this.#peer = peer;
    this.#response = response;
    this.#parts = parts;
    this.#timer = setInterval(() => this.#keepAlive(), parts.keepAliveEveryMs);
    this.#timer.unref();
    this.on("error", (error) => this.#refuse(error as Partial<StatusObject>));
    response.on("error", () => undefined);
    response.once("close", () => this.#closed());
  }

  getPeer(): string {
    return this.#peer;
  }

  /** Sends the head, unless the call was refused already. Call it when the handler has taken the call. */
  begin(): void {
    if (this.#begun || this.#response.headersSent || this.#response.destroyed) return;
    this.#begun = true;
    writeHead(this.#response, 200, {
      "content-type": eventStreamType,
      // nginx would keep events back: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
      "x-accel-buffering": "no",
    });
    this.#response.flushHeaders();
  }

  /** What was written before goes first; then the connection is free. */
  override _final(done: (error?: Error | null) => void): void {
    this.#response.end(() => done());
  }

  override _write(
    message: object,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.begin();
    const text = this.#textOf(message);
    if (text === null) {
      done();
      return;
    }
    this.#wrote = true;
    this.#response.write(text, (error) => {
      // A writer that goes on at once would keep the connection's own end from being heard.
      if (error) this.#closed();
      else this.#stalled = 0;
      done();
    });
  }

  /** `null`: nothing is sent. Never throws: Node calls from where nobody would catch it, and the process would end. */
  #textOf(message: object): string | null {
    if (message instanceof Event) return message.text;
    // A reader who missed one message must not take the next one for the whole truth.
    if (this.#failed) return null;
    const messages = message instanceof MessageBatch ? message.messages : [message];
    try {
      return messages.map((each) => `data: ${this.#parts.write(each)}\n\n`).join("");
    } catch (error) {
      this.#failed = true;
      this.emit("error", toWireError(error));
      return null;
    }
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#timer);
    clearTimeout(this.#lastWords);
    // Nobody says a word any more: better a connection that breaks than one that keeps quiet for good.
    if (!this.#response.writableEnded) this.#response.destroy();
    done();
  }

  /** A no-op after the end, as when the call was ended from outside: Node would destroy the stream, its last words unsent. */
  override write(message: object, encoding?: BufferEncoding | Taken, taken?: Taken): boolean {
    if (this.writableEnded || this.destroyed) return false;
    if (typeof encoding === "string") return super.write(message, encoding, taken);
    return super.write(message, encoding);
  }

  /** The end that a handler asks for: told, so that a reader can tell it from a connection that broke. */
  override end(...args: readonly unknown[]): this {
    if (this.writableEnded || this.destroyed) return this;
    if (args[0] instanceof Event) super.end(args[0]);
    else super.end(new Event("event: end\ndata: {}\n\n"));
    this.#lastWords = setTimeout(() => this.#cut(), lastWordsWithinMs);
    this.#lastWords.unref();
    return this;
  }

  #refuse(error: Partial<StatusObject>): void {
    if (this.destroyed || this.writableEnded) return;
    const { httpStatus, json } = this.#parts.errorOf(error);
    if (this.#begun) {
      this.end(new Event(`event: error\ndata: ${json}\n\n`));
      return;
    }
    answer(this.#response, httpStatus, { "content-type": "application/json" }, json);
    this.destroy();
  }

  #keepAlive(): void {
    if (!this.#begun) return;
    if (this.writableLength > 0 || this.#response.writableNeedDrain) {
      this.#stalled += 1;
      if (this.#stalled >= stalledKeepAlivesMax) this.#cut();
    } else if (!this.#wrote) {
      this.#response.write(": keep-alive\n\n");
    }
    this.#wrote = false;
  }

  #cut(): void {
    this.#response.destroy();
    this.#closed();
  }

  #closed(): void {
    if (!this.cancelled) {
      this.cancelled = true;
      this.emit("cancelled", "cancelled");
    }
    this.destroy();
  }
}
