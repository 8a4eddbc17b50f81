// The calls that are under way, so that they can be ended from outside: streams when their callers may not have them any more, all
// of them when the broker must go.

import type { StatusObject } from "@grpc/grpc-js";
import type { GatedCall } from "../access/gate.js";
import { toWireError } from "./rich-error.js";

/** What the streams of grpc-js have in common. */
export interface StreamCall {
  on(event: "close" | "cancelled" | "error", listener: () => void): unknown;
  emit(event: "error", error: unknown): boolean;
}

export type UnaryCallback = (
  error: Partial<StatusObject> | null,
  ...answer: readonly unknown[]
) => void;

export class OpenCalls {
  /** With what their callers showed when they opened them. */
  readonly #streams = new Map<StreamCall, GatedCall>();
  readonly #unary = new Set<UnaryCallback>();

  /** Until the stream ends. */
  addStream(stream: StreamCall, shown: GatedCall): void {
    this.#streams.set(stream, shown);
    const forget = (): void => void this.#streams.delete(stream);
    stream.on("close", forget);
    stream.on("cancelled", forget);
    stream.on("error", forget);
  }

  /** Returns what answers the call from now on: once, whoever does it first. */
  addUnary(answer: UnaryCallback): UnaryCallback {
    const once: UnaryCallback = (...answered) => {
      if (this.#unary.delete(once)) answer(...answered);
    };
    this.#unary.add(once);
    return once;
  }

  /** `check` throws for what may not go on; such streams end with that. */
  endUnless(check: (shown: GatedCall) => unknown): void {
    for (const [stream, shown] of this.#streams) {
      try {
        check(shown);
      } catch (error) {
        this.#streams.delete(stream);
        stream.emit("error", toWireError(error));
      }
    }
  }

  /** Ends all of them with the same error. */
  endAll(error: unknown): void {
    const refusal = toWireError(error);
    for (const answer of this.#unary) answer(refusal);
    for (const stream of this.#streams.keys()) stream.emit("error", refusal);
  }
}
