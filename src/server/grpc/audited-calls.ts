// Writes down the calls of operators: to the audit log before they are answered, and as a line of the broker's log.

import { status } from "@grpc/grpc-js";
import type { Caller } from "../access/caller.js";
import type { GatedCall } from "../access/gate.js";
import type { AuditTrail, CallOutcome, CallRecord } from "../audit-trail/audit-trail.js";
import type { BrokerError, BrokerErrorCode } from "../domain/errors.js";
import type { Log } from "../log.js";
import type { StreamCall, UnaryCallback } from "./open-calls.js";
import { reasonOf } from "./rich-error.js";
import { statusOf } from "./status.js";

/** What is refused to callers because of who they are, or are not. */
const accessRefusals: ReadonlySet<BrokerErrorCode> = new Set([
  "token_missing",
  "token_invalid",
  "role_missing",
]);

export interface AdmittedCall extends GatedCall {
  readonly caller: Caller;
  readonly peer: string;
}

/** What is used of a call of grpc-js. */
export interface ServedCall extends StreamCall {
  readonly request?: unknown;
  readonly cancelled?: boolean;
  on(
    event: "close" | "cancelled" | "error" | "finish",
    listener: (error?: Failure) => void,
  ): unknown;
}

type Failure = Parameters<UnaryCallback>[0];
type Answer = UnaryCallback | undefined;

const done: CallOutcome = { code: "OK", reason: null };
const begun: CallOutcome = { code: "BEGUN", reason: null };
const cancelled: CallOutcome = { code: "CANCELLED", reason: null };

export class AuditedCalls {
  readonly #trail: AuditTrail;
  readonly #log: Log;

  constructor(trail: AuditTrail, log: Log) {
    this.#trail = trail;
    this.#log = log;
  }

  /** Calls the handler. Throws BrokerError audit_log_unavailable, and the handler is not called then. */
  serve<Call extends ServedCall>(
    { path, caller, origin, peer }: AdmittedCall,
    call: Call,
    handler: (call: Call, answer: Answer) => void,
    answer: Answer,
  ): void {
    const record = this.#trail.begin({ path, caller, origin, peer, request: call.request });
    const method = path.slice(path.lastIndexOf("/") + 1);
    if (answer === undefined) {
      this.#log.info("an operator called", { method, caller: caller.name });
      this.#stream(call, handler, record);
      return;
    }
    handler(call, (error, ...answered) => {
      const outcome = error === null ? "done" : `refused: ${error.details ?? ""}`;
      this.#log.info("an operator called", { method, caller: caller.name, outcome });
      void record.write(outcomeOf(error)).then(() => answer(error, ...answered));
    });
  }

  /** A no-op for what is not refused because of who calls. */
  turnedAway({ path, origin }: GatedCall, peer: string, error: BrokerError): void {
    if (!accessRefusals.has(error.code)) return;
    const caller = error.details.metadata?.["caller"] ?? null;
    const outcome = { code: status[statusOf[error.code]], reason: error.code.toUpperCase() };
    this.#trail.turnedAway({ path, origin, peer, caller, outcome });
  }

  /** Two lines: one before anything is sent, since it cannot be taken back, and one at the end. */
  #stream<Call extends ServedCall>(
    call: Call,
    handler: (call: Call, answer: undefined) => void,
    record: CallRecord,
  ): void {
    let ended = false;
    const end = (outcome: CallOutcome): void => {
      if (!ended) void record.write(outcome);
      ended = true;
    };
    call.on("finish", () => end(done));
    call.on("error", (error) => end(outcomeOf(error ?? null)));
    // grpc-js says so after every call; of one that was answered whole, "finish" was heard before.
    call.on("cancelled", () => end(cancelled));
    void record.write(begun).then(() => {
      if (!ended && call.cancelled !== true) handler(call, undefined);
    });
  }
}

function outcomeOf(error: Failure): CallOutcome {
  if (error === null) return done;
  return { code: status[error.code ?? status.UNKNOWN], reason: reasonOf(error) };
}
