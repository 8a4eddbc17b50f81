// Turns what gRPC reports of a failed call into a PortleaseError. What to do about it is the caller's business.

import type { ServiceError } from "@grpc/grpc-js";
import { ErrorInfo, RetryInfo } from "@portlease/proto/google/rpc/error_details.js";
import { Status } from "@portlease/proto/google/rpc/status.js";
import { connectionAdvice, type ServerName } from "./connection-advice.js";
import { msFromDuration } from "./duration.js";
import { clientError, PortleaseError, statusNames } from "./errors.js";
import type { PortleaseErrorCode, PortleaseErrorFields } from "./errors.js";

/** Where google.rpc.Status travels. https://google.aip.dev/193 */
const detailsKey = "grpc-status-details-bin";

/**
 * Decodes how a unary call or a stream to the broker at `address`, or to another `server` there, failed. For those who call the
 * generated stubs themselves.
 * UNAVAILABLE without details becomes BROKER_UNREACHABLE; details that cannot be decoded are left out.
 */
export function toPortleaseError(
  error: ServiceError,
  address: string,
  server: ServerName = "broker",
): PortleaseError {
  const packed = error.metadata?.get(detailsKey)[0];
  const status = Buffer.isBuffer(packed) ? decodeStatus(packed) : null;
  if (status !== null) return statusToPortleaseError(status);
  const code = codeName(error.code);
  if (code === "UNAVAILABLE") return unreachable(address, error, server);
  return new PortleaseError(code, error.details, {}, error);
}

/** Decodes the status that a session carries in its messages. */
export function statusToPortleaseError(status: Status): PortleaseError {
  return new PortleaseError(codeName(status.code), status.message, fieldsOf(status));
}

/** Nobody at the address: says which, and what to do. */
function unreachable(
  address: string,
  cause: Error & { details?: string },
  server: ServerName,
): PortleaseError {
  const why = plainReason(cause.details ?? cause.message);
  return clientError(
    "UNAVAILABLE",
    "BROKER_UNREACHABLE",
    `no ${server === "broker" ? "portlease broker" : server} answers at ${address} (${why}). ${connectionAdvice(why, server)}`,
    { address },
    cause,
  );
}

/** "connect ECONNREFUSED 127.0.0.1:7600" out of what grpc-js wraps around it; other texts stay as they are. */
function plainReason(details: string): string {
  return /Last error: (?:Error: )?(.+?)\.? Resolution note:/.exec(details)?.[1] ?? details;
}

function decodeStatus(bytes: Uint8Array): Status | null {
  try {
    return Status.decode(bytes);
  } catch {
    // A proxy may send what it likes under this key; the plain code and text are still good.
    return null;
  }
}

function codeName(code: number): PortleaseErrorCode {
  const name = statusNames[code] ?? "UNKNOWN";
  // An error with code OK is a contradiction of its sender.
  return name === "OK" ? "UNKNOWN" : name;
}

function fieldsOf(status: Status): PortleaseErrorFields {
  const info = decodeDetail(status, "google.rpc.ErrorInfo", (bytes) => ErrorInfo.decode(bytes));
  const retry = decodeDetail(status, "google.rpc.RetryInfo", (bytes) => RetryInfo.decode(bytes));
  return {
    reason: info?.reason ?? "",
    metadata: info?.metadata ?? {},
    retryDelayMs: msFromDuration(retry?.retryDelay),
  };
}

function decodeDetail<T>(status: Status, type: string, decode: (bytes: Buffer) => T): T | null {
  const detail = status.details.find(({ typeUrl }) => typeUrl.endsWith(`/${type}`));
  if (detail === undefined) return null;
  try {
    return decode(detail.value);
  } catch {
    // A detail that cannot be decoded is left out; the code and the text still say what happened.
    return null;
  }
}
