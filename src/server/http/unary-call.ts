// Serves one unary call: the request as a call that handlers of grpc-js take, their answer or refusal as JSON.
// https://connectrpc.com/docs/protocol#unary-request

import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { Metadata, status, type StatusObject } from "@grpc/grpc-js";
import type { AnyCall } from "../grpc/guard.js";
import { toWireError } from "../grpc/rich-error.js";
import type { Log } from "../log.js";
import { answer } from "./answer.js";
import type { ApiMethod } from "./api-methods.js";
import type { CallFacts } from "./call-facts.js";
import type { Compression } from "./compression.js";
import type { MessageCodec } from "./message-codec.js";
import type { ConnectError } from "./connect-error.js";

export const jsonType = "application/json";

class UnaryCall extends EventEmitter implements AnyCall {
  readonly request: unknown;
  readonly metadata: Metadata;
  readonly #peer: string;
  /** As grpc-js has it. */
  cancelled = false;

  constructor(request: unknown, { metadata, peer }: CallFacts) {
    super();
    this.request = request;
    this.metadata = metadata;
    this.#peer = peer;
  }

  getPeer(): string {
    return this.#peer;
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.emit("cancelled", "cancelled");
  }
}

export interface UnaryParts {
  readonly compression: Compression;
  readonly errorOf: (error: Partial<StatusObject>) => ConnectError;
  readonly log: Log;
}

export interface UnaryRequest {
  readonly message: unknown;
  readonly facts: CallFacts;
  /** For the answer; refusals are JSON always. */
  readonly codec: MessageCodec;
  /** How long the caller waits; `null`: as long as it takes. */
  readonly timeoutMs: number | null;
}

/** Answers when the handler does, or at the deadline. */
export function serveUnary(
  { compression, errorOf, log }: UnaryParts,
  method: ApiMethod,
  { message, facts, codec, timeoutMs }: UnaryRequest,
  response: ServerResponse,
): void {
  const call = new UnaryCall(message, facts);
  const refuse = (error: Partial<StatusObject>): void => {
    const { httpStatus, json } = errorOf(error);
    answer(response, httpStatus, { "content-type": jsonType }, json);
  };
  const timer =
    timeoutMs === null
      ? undefined
      : setTimeout(() => {
          refuse(deadlineExceeded(timeoutMs));
          call.cancel();
        }, timeoutMs);
  // Before the answer it means that nobody waits for it any more; after it, nobody listens.
  response.once("close", () => {
    clearTimeout(timer);
    call.cancel();
  });
  method.handler(call, (error, value) => {
    clearTimeout(timer);
    if (error !== null) {
      refuse(error);
      return;
    }
    try {
      void compression.answer(response, codec.contentType, codec.write(method, value));
    } catch (fault) {
      log.error("answer failed", { method: method.path, error: fault });
      refuse(toWireError(fault));
    }
  });
}

function deadlineExceeded(timeoutMs: number): Partial<StatusObject> {
  return {
    code: status.DEADLINE_EXCEEDED,
    details: `the call took longer than its Connect-Timeout-Ms, ${timeoutMs}; what it did may have been done`,
    metadata: new Metadata(),
  };
}
