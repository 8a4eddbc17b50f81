// The calls that are under way, and what their callers showed when they made them: asked for again when tokens change, so that a
// token that ended ends what was begun with it. All of them are ended when the broker must go.

import type { StatusObject } from "@grpc/grpc-js";
import type { GatedCall } from "../access/gate.js";
import { Numbering } from "../domain/numbering.js";
import { toWireError, type WireError } from "./rich-error.js";

/** What the streams of grpc-js have in common. */
export interface StreamCall {
  on(
    event: "close" | "cancelled" | "error" | "finish",
    listener: (error?: unknown) => void,
  ): unknown;
  emit(event: "error", error: unknown): boolean;
}

export type UnaryCallback = (
  error: Partial<StatusObject> | null,
  ...answer: readonly unknown[]
) => void;

interface OpenUnary {
  readonly answer: UnaryCallback;
  readonly shown: GatedCall;
}

export class OpenCalls {
  readonly #streams = new Map<StreamCall, GatedCall>();
  /** Some of them wait in line for an hour. Not in a Map: forgetful-map.ts says why. */
  readonly #unary = new Numbering<OpenUnary>();

  /** Until the stream ends. */
  addStream(stream: StreamCall, shown: GatedCall): void {
    this.#streams.set(stream, shown);
    const forget = (): void => void this.#streams.delete(stream);
    stream.on("close", forget);
    stream.on("cancelled", forget);
    stream.on("error", forget);
  }

  /** Returns what answers the call from now on: once, whoever does it first. */
  addUnary(answer: UnaryCallback, shown: GatedCall): UnaryCallback {
    let open = true;
    const once: UnaryCallback = (...answered) => {
      if (!open) return;
      open = false;
      this.#unary.remove(number);
      answer(...answered);
    };
    const number = this.#unary.add({ answer: once, shown });
    return once;
  }

  /** `check` throws for what may not go on; such calls end with that. */
  endUnless(check: (shown: GatedCall) => unknown): void {
    const refusalOf = (shown: GatedCall): WireError | null => {
      try {
        check(shown);
        return null;
      } catch (error) {
        return toWireError(error);
      }
    };
    for (const [stream, shown] of this.#streams) {
      const refusal = refusalOf(shown);
      if (refusal !== null) stream.emit("error", refusal);
    }
    for (const { answer, shown } of this.#unary.all()) {
      const refusal = refusalOf(shown);
      if (refusal !== null) answer(refusal);
    }
  }

  /** Ends all of them with the same error. */
  endAll(error: unknown): void {
    const refusal = toWireError(error);
    for (const { answer } of this.#unary.all()) answer(refusal);
    for (const stream of this.#streams.keys()) stream.emit("error", refusal);
  }
}
