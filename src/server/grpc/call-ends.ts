// When a call has ended, and how: told once, whoever answers it, and whatever grpc-js says of it afterwards.

import type { status } from "@grpc/grpc-js";
import type { StreamCall, UnaryCallback } from "./open-calls.js";

/** `code`: the number that gRPC gives to how a call ended. */
export type EndCall = (code: number) => void;

const ok: status.OK = 0;
const cancelled: status.CANCELLED = 1;
const unknown: status.UNKNOWN = 2;

/** Returns what answers the call from now on. `end` hears of the first answer. */
export function endWhenAnswered(answer: UnaryCallback, end: EndCall): UnaryCallback {
  const endOnce = once(end);
  return (error, ...answered) => {
    endOnce(error === null ? ok : (error.code ?? unknown));
    answer(error, ...answered);
  };
}

export function endWithStream(call: StreamCall, end: EndCall): void {
  const endOnce = once(end);
  call.on("error", (error) => endOnce(codeOf(error)));
  call.on("cancelled", () => endOnce(cancelled));
  // What ended otherwise was told before. grpc-js says "cancelled" of every stream in the end.
  call.on("finish", () => endOnce(ok));
  call.on("close", () => endOnce(ok));
}

function once(end: EndCall): EndCall {
  let ended = false;
  return (code) => {
    if (ended) return;
    ended = true;
    end(code);
  };
}

function codeOf(error: unknown): number {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === "number" ? code : unknown;
}
