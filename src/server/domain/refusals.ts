// The refusals that several parts of the core share, each worded once.

import { echo } from "./echo.js";
import { BrokerError } from "./errors.js";
import { formatPortRange, type PortRange } from "./port-range.js";
import type { BlockRecord } from "./records.js";

/** Unknown ids come from callers: what is echoed is bounded. */
const echoedLengthMax = 64;

/** `problem`: the rest of a sentence that begins with the field. */
export function fieldInvalid(field: string, problem: string): BrokerError {
  return new BrokerError("field_invalid", `${field} ${problem}`, { field, metadata: { field } });
}

export function leaseNotFound(leaseId: string): BrokerError {
  const shown = echo(leaseId, echoedLengthMax);
  return new BrokerError(
    "lease_not_found",
    `there is no lease "${shown}" now: it never existed, was released or revoked, or expired; acquire a new one`,
    { subject: `lease:${shown}`, metadata: { lease_id: shown } },
  );
}

export function blockNotFound(blockId: string): BrokerError {
  const shown = echo(blockId, echoedLengthMax);
  return new BrokerError(
    "block_not_found",
    `there is no block "${shown}"; "portlease blocks" lists the blocks`,
    { subject: `block:${shown}`, metadata: { block_id: shown } },
  );
}

export function blockHasLeases({ blockId }: BlockRecord, leasedPorts: number): BrokerError {
  return new BrokerError(
    "block_has_leases",
    `block ${blockId} still has ${leasedPorts} leased ports; drain it and wait for its leases to end, or use force to revoke them`,
    {
      subject: `block:${blockId}`,
      metadata: { block_id: blockId, leased_ports: String(leasedPorts) },
    },
  );
}

export function blockNotAmbiguous({ blockId }: BlockRecord): BrokerError {
  return new BrokerError(
    "block_not_ambiguous",
    `block ${blockId} is not ambiguous: it is the broker's own, so there is nothing to decide; drain or remove it instead`,
    { subject: `block:${blockId}`, metadata: { block_id: blockId } },
  );
}

export function blockAmbiguous({ blockId }: BlockRecord): BrokerError {
  return new BrokerError(
    "block_ambiguous",
    `block ${blockId} is ambiguous and grants nothing, so it cannot be drained; adopt, forget or delete it`,
    { subject: `block:${blockId}`, metadata: { block_id: blockId } },
  );
}

export function blockLeaving({ blockId }: BlockRecord): BrokerError {
  return new BrokerError(
    "block_leaving",
    `block ${blockId} has no leases left and is being given back to the operating system; reserve a new block instead`,
    { subject: `block:${blockId}`, metadata: { block_id: blockId } },
  );
}

export function blockOverlaps(ports: PortRange, { blockId, ...other }: BlockRecord): BrokerError {
  const range = formatPortRange(ports);
  return new BrokerError(
    "block_overlaps",
    `ports ${range} overlap block ${blockId} (${formatPortRange(other.ports)}) of this broker; choose ports beside it, ` +
      "or remove that block first",
    { subject: `block:${blockId}`, metadata: { block_id: blockId, ports: range } },
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
  const shown = echo(name, echoedLengthMax);
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

/** `server`: the kind of server that stops. */
export function stopping(server = "broker"): BrokerError {
  return new BrokerError("stopping", `the ${server} is stopping; try again when it is back`, {
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
