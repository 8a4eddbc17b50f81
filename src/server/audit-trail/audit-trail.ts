// What the guard and the broker's parts tell the audit log: who did what, from where, with what result. How lines come to be and
// where they go is file-audit-trail.ts; what happens by itself, such as an expiry, is the history's business and no audit.

import type { AccessChange } from "../access/access-change.js";
import type { Caller } from "../access/caller.js";
import type { CallOrigin } from "../access/gate.js";

/** A call of an operator, before it is answered. */
export interface OperatorCall {
  /** As on the wire, such as "/portlease.v1.AdminService/DrainBlock". */
  readonly path: string;
  readonly caller: Caller;
  readonly origin: CallOrigin;
  /** The other end of the connection, as the transport names it. */
  readonly peer: string;
  readonly request: unknown;
}

/** A call that was turned away for want of a token or of a role. */
export interface TurnedAwayCall {
  readonly path: string;
  readonly origin: CallOrigin;
  readonly peer: string;
  /** `null`: not known. */
  readonly caller: string | null;
  readonly outcome: CallOutcome;
}

export interface CallOutcome {
  /** The name of the gRPC status; BEGUN for a stream whose first message is about to be sent. */
  readonly code: string;
  /** The reason of the ErrorInfo; `null` for OK. */
  readonly reason: string | null;
}

/** What is done to the broker otherwise. `detail` is for people. */
export type BrokerDeed =
  | AccessChange
  | {
      readonly what: "broker_stopped" | "fleet_server_stopped" | "config_reloaded";
      readonly detail: string;
    };

/** What is told of one call of an operator. */
export interface CallRecord {
  /**
   * Writes a line. Resolves when it is on disk, or when that failed and the broker's log has it instead: the answer goes out
   * after that. Never rejects.
   */
  write(outcome: CallOutcome): Promise<void>;
}

export interface AuditTrail {
  /**
   * Call it before the broker is changed. Throws BrokerError audit_log_unavailable while lines cannot be written: nothing is
   * changed then that nobody could trace.
   */
  begin(call: OperatorCall): CallRecord;
  turnedAway(call: TurnedAwayCall): void;
  deed(deed: BrokerDeed): void;
}

/** Where no audit log is wanted. */
export const noAuditTrail: AuditTrail = {
  begin: () => ({ write: () => Promise.resolve() }),
  turnedAway: () => undefined,
  deed: () => undefined,
};
