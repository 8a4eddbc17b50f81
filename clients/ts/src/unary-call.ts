// One unary call as a promise: with a time limit by the client's own clock, and an AbortSignal. Repeating is the caller's business.

import type { ClientUnaryCall, ServiceError } from "@grpc/grpc-js";
import type { Timers } from "./clock.js";
import { clientError, PortleaseError } from "./errors.js";
import { toPortleaseError } from "./status-details.js";

/** Starts the call and hands its callback over. */
export type StartCall<T> = (
  callback: (error: ServiceError | null, response: T) => void,
) => ClientUnaryCall;

export interface CallLimits {
  readonly address: string;
  readonly timers: Timers;
  /** How long the call may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | null;
}

/** Rejects with PortleaseError: BROKER_TIMEOUT, CALL_ABORTED, BROKER_UNREACHABLE, or what the broker answered. */
export function unaryCall<T>(start: StartCall<T>, limits: CallLimits): Promise<T> {
  const { address, timers, timeoutMs, signal } = limits;
  if (signal?.aborted === true) return Promise.reject(callAborted(signal));
  return new Promise((resolve, reject) => {
    let call: ClientUnaryCall | null = null;
    // A cancelled call still calls back, later: the first of them decides.
    const settle = (finish: () => void): void => {
      timer.cancel();
      signal?.removeEventListener("abort", onAbort);
      finish();
    };
    const giveUp = (error: PortleaseError): void => {
      settle(() => reject(error));
      call?.cancel();
    };
    const onAbort = (): void => giveUp(callAborted(signal));
    const timer = timers.after(timeoutMs, () => giveUp(timedOut(address, timeoutMs)));
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      call = start((error, response) => {
        if (error === null) settle(() => resolve(response));
        else settle(() => reject(toPortleaseError(error, address)));
      });
    } catch (error) {
      // A message that cannot be encoded, or a closed channel: a programmer's error, and no timer may be left behind.
      settle(() => reject(error));
    }
  });
}

/** The caller's own wish: its reason is the cause, unless it is one of our errors already. */
export function callAborted(signal: AbortSignal | null): PortleaseError {
  const reason: unknown = signal?.reason;
  if (reason instanceof PortleaseError) return reason;
  return clientError("CANCELLED", "CALL_ABORTED", "the caller aborted", {}, reason);
}

function timedOut(address: string, timeoutMs: number): PortleaseError {
  return clientError(
    "DEADLINE_EXCEEDED",
    "BROKER_TIMEOUT",
    `the broker at ${address} did not answer within ${Math.round(timeoutMs)} ms. Try again, or allow more time.`,
    { address, timeout_ms: String(Math.round(timeoutMs)) },
  );
}
