// The streams that are open, and what their callers showed when they opened them: asked for again when tokens change, so that a token
// that ended ends what was opened with it.

import type { GatedCall } from "../access/gate.js";
import { toWireError } from "./rich-error.js";

/** What the streams of grpc-js have in common. */
export interface StreamCall {
  on(event: "close" | "cancelled" | "error", listener: () => void): unknown;
  emit(event: "error", error: unknown): boolean;
}

export class OpenStreams {
  readonly #open = new Map<StreamCall, GatedCall>();

  /** Until the stream ends. */
  add(stream: StreamCall, shown: GatedCall): void {
    this.#open.set(stream, shown);
    const forget = (): void => void this.#open.delete(stream);
    stream.on("close", forget);
    stream.on("cancelled", forget);
    stream.on("error", forget);
  }

  /** `check` throws for what may not go on; such streams end with that. */
  endUnless(check: (shown: GatedCall) => unknown): void {
    for (const [stream, shown] of this.#open) {
      try {
        check(shown);
      } catch (error) {
        this.#open.delete(stream);
        stream.emit("error", toWireError(error));
      }
    }
  }
}
