// Wraps plain async functions as grpc-js handlers: cancellation, errors as rich statuses, faults logged.

import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import type { Log } from "../log.js";
import type { CallerSignal } from "../domain/caller-signal.js";
import { CallCancellation } from "./call-cancellation.js";
import { callerOf } from "./call-caller.js";
import { isInternal, toWireError } from "./rich-error.js";

export interface CallContext {
  /** Aborted when the caller cancels, disconnects or its deadline passes. */
  readonly signal: CallerSignal;
  /** Where the call comes from, as grpc-js names it. */
  readonly peer: () => string;
  /** Who calls, by name. Every caller on this host without a token is the same one. */
  readonly caller: string;
}

export type UnaryFunction<Request, Response> = (
  request: Request,
  context: CallContext,
) => Promise<Response> | Response;

export function unary<Request, Response>(
  log: Log,
  method: string,
  handle: UnaryFunction<Request, Response>,
): handleUnaryCall<Request, Response> {
  const serve = async (
    call: ServerUnaryCall<Request, Response>,
    callback: sendUnaryData<Response>,
  ): Promise<void> => {
    const signal = new CallCancellation();
    let answered = false;
    // grpc-js says "cancelled" after every call that ended, too; an abort nobody hears would cost more than the call's own work.
    call.on("cancelled", () => {
      if (!answered) signal.abort();
    });
    try {
      const peer = (): string => call.getPeer();
      const context = { signal, peer, caller: callerOf(call).name };
      const answer = await handle(call.request, context);
      answered = true;
      callback(null, answer);
    } catch (error) {
      answered = true;
      if (isInternal(error)) log.error("call failed", { method, error });
      callback(toWireError(error));
    }
  };
  return (call, callback) => {
    // One call must never end the process, whatever grpc-js makes of its answer.
    serve(call, callback).catch((error: unknown) => log.error("answer failed", { method, error }));
  };
}
