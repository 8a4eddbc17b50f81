// What the broker says of single leases on a session, decoded: results of renewals and notices.

import { LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import type { Status } from "@portlease/proto/google/rpc/status.js";
import type { LeaseNotice, LeaseRenewal } from "@portlease/proto/portlease/v1/lease_service.js";
import { msFromDuration } from "./duration.js";
import { clientError, type PortleaseError } from "./errors.js";
import type { LeaseEnd, LostReason } from "./lease-track.js";
import { statusToPortleaseError } from "./status-details.js";

/** What became of one renewal. */
export type RenewalOutcome =
  | { readonly kind: "renewed"; readonly ttlMs: number }
  /** The lease is over: no other try can help. */
  | { readonly kind: "ended"; readonly end: LeaseEnd }
  /** It may work another time. */
  | { readonly kind: "failed"; readonly error: PortleaseError };

export function renewalOutcome(renewal: LeaseRenewal): RenewalOutcome {
  if (renewal.error !== undefined) return failureOutcome(renewal.error);
  const ttlMs = msFromDuration(renewal.ttl);
  if (ttlMs !== null && ttlMs > 0) return { kind: "renewed", ttlMs };
  const message =
    "the broker renewed the lease but did not say for how long. Upgrade client and broker to the same version.";
  return { kind: "failed", error: clientError("INTERNAL", "BROKER_ANSWER_INVALID", message) };
}

/** Reasons after which a lease cannot be renewed any more. Other errors, such as UNAVAILABLE, may pass. */
const finalReasons: Readonly<Record<string, LostReason>> = {
  LEASE_NOT_FOUND: "LEASE_NOT_FOUND",
  LEASE_ENDED: "LEASE_NOT_FOUND",
  HOLDER_KEY_MISMATCH: "HOLDER_KEY_MISMATCH",
};

function failureOutcome(status: Status): RenewalOutcome {
  const error = statusToPortleaseError(status);
  const reason =
    finalReasons[error.reason] ?? (error.code === "NOT_FOUND" ? "LEASE_NOT_FOUND" : null);
  if (reason === null) return { kind: "failed", error };
  return { kind: "ended", end: { state: "lost", reason, message: error.message } };
}

const endReasons: Readonly<Record<LeaseEndReason, LostReason>> = {
  [LeaseEndReason.LEASE_END_REASON_UNSPECIFIED]: "LEASE_NOT_FOUND",
  [LeaseEndReason.LEASE_END_REASON_RELEASED]: "RELEASED",
  [LeaseEndReason.LEASE_END_REASON_EXPIRED]: "EXPIRED",
  [LeaseEndReason.LEASE_END_REASON_REVOKED]: "REVOKED",
  [LeaseEndReason.LEASE_END_REASON_HOLDER_EXITED]: "HOLDER_EXITED",
  [LeaseEndReason.LEASE_END_REASON_NEVER_BOUND]: "NEVER_BOUND",
  [LeaseEndReason.LEASE_END_REASON_PORT_LOST]: "PORT_LOST",
  [LeaseEndReason.LEASE_END_REASON_CALLER_GONE]: "CALLER_GONE",
  // A broker newer than this client may name a reason that is not known here.
  [LeaseEndReason.UNRECOGNIZED]: "LEASE_NOT_FOUND",
};

/** How a lease ended, by a notice of type ENDED. */
export function endOfNotice({ endReason, message }: LeaseNotice): LeaseEnd {
  const reason: LostReason | undefined = endReasons[endReason];
  return { state: "lost", reason: reason ?? "LEASE_NOT_FOUND", message };
}
