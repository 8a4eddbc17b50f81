// The refusals that several parts of the core share, each worded once.

import { BrokerError } from "./errors.js";

/** Unknown ids come from callers: what is echoed is bounded. */
const echoedLengthMax = 64;

export function leaseNotFound(leaseId: string): BrokerError {
  const shown = leaseId.slice(0, echoedLengthMax);
  return new BrokerError(
    "lease_not_found",
    `there is no lease "${shown}" now: it never existed, was released, or expired; acquire a new one`,
    { subject: `lease:${shown}`, metadata: { lease_id: shown } },
  );
}

export function leaseEnded(leaseId: string): BrokerError {
  return new BrokerError(
    "lease_ended",
    `the lease ${leaseId} that this request_id got has ended; use a new request_id for a new lease`,
    { subject: `lease:${leaseId}`, metadata: { lease_id: leaseId } },
  );
}

export function holderKeyMismatch(leaseId: string): BrokerError {
  return new BrokerError(
    "holder_key_mismatch",
    `the holder key does not belong to lease ${leaseId}; use the key that came with the grant`,
    { subject: `lease:${leaseId}`, metadata: { lease_id: leaseId } },
  );
}

export function requestIdReused(): BrokerError {
  return new BrokerError(
    "request_id_reused",
    "this request_id was used before with a different request; use a new one for a new request",
  );
}

export function poolNotFound(name: string, known: readonly string[]): BrokerError {
  const shown = name.slice(0, echoedLengthMax);
  const pools = known.join(", ");
  return new BrokerError(
    "pool_not_found",
    `there is no pool "${shown}"; the pools here are: ${pools}`,
    {
      subject: `pool:${shown}`,
      metadata: { pool: shown, pools },
    },
  );
}

export function cancelled(): BrokerError {
  return new BrokerError("cancelled", "the caller went away before the lease was granted");
}

/** What a caller is told to wait before it asks again. */
const retryAfterMs = 1_000;

export function stopping(): BrokerError {
  return new BrokerError("stopping", "the broker is stopping; try again when it is back", {
    retryAfterMs,
  });
}

export function storeUnavailable(cause?: unknown): BrokerError {
  const reason = cause instanceof Error ? ` (${cause.message})` : "";
  return new BrokerError(
    "store_unavailable",
    `the broker cannot write to its store now${reason}; existing leases can still be renewed, try again shortly`,
    { retryAfterMs, cause },
  );
}
