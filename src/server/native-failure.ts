// What the native layer's failures are called in the API: its codes -> codes of the core. Every fact that the operating system
// gave (call, number, name, port, holders) goes along for programs; the text is the native layer's own.

import type { NativeErrorCode, NativeErrorFields } from "@portlease/native";
import { BrokerError, type BrokerErrorCode } from "./domain/errors.js";

/** Published in docs/errors.md. A code that the native layer gains does not compile until it has a place here. */
export const brokerCodeOf: Readonly<Record<NativeErrorCode, BrokerErrorCode>> = {
  PORT_TAKEN: "port_in_use",
  NO_FREE_RANGE: "no_free_range",
  RANGE_INVALID: "range_invalid",
  DESCRIPTOR_LIMIT: "os_resources_exhausted",
  ACCESS_DENIED: "broker_not_elevated",
  UNSUPPORTED: "unsupported_by_host",
  WRONG_USER: "wrong_user",
  RESERVATION_GONE: "reservation_gone",
  NOT_FOUND: "reservation_not_found",
  NETWORK_DOWN: "network_unavailable",
  RESOURCES: "os_resources_exhausted",
  OS_ERROR: "os_error",
};

/** What a caller is told to wait for a network that is away. */
const networkRetryAfterMs = 1_000;
/** How far the chain of causes is followed. */
const causesMax = 8;

/**
 * The error for callers when a failure of the native layer is at its bottom; `null` for every other error. Decides on name and
 * code, not on the class: two copies of the native package may be loaded.
 */
export function toBrokerError(error: unknown): BrokerError | null {
  let current: unknown = error;
  for (let depth = 0; depth < causesMax && current instanceof Error; depth += 1) {
    if (isNativeError(current)) return fromNative(current);
    current = current.cause;
  }
  return null;
}

interface NativeErrorLike extends Error {
  readonly code: NativeErrorCode;
  readonly fields: NativeErrorFields;
}

function isNativeError(error: Error): error is NativeErrorLike {
  const { name, code, fields } = error as Partial<NativeErrorLike>;
  return (
    name === "NativeError" &&
    typeof code === "string" &&
    Object.hasOwn(brokerCodeOf, code) &&
    typeof fields === "object"
  );
}

function fromNative(error: NativeErrorLike): BrokerError {
  const code = brokerCodeOf[error.code];
  const { api, errorNumber, errorName, port, holders } = error.fields;
  const who = holders.map(({ processId, processName }) => `${processId} ${processName}`);
  const known = {
    api,
    error_number: errorNumber,
    error_name: errorName,
    port,
    holders: who.length === 0 ? null : who.join(", "),
  };
  const metadata = Object.fromEntries(
    Object.entries(known).flatMap(([key, value]) =>
      value === null ? [] : [[key, String(value)] as const],
    ),
  );
  return new BrokerError(code, error.message, {
    metadata,
    cause: error,
    subject: port === null ? "host" : `port:${port}`,
    ...(code === "network_unavailable" ? { retryAfterMs: networkRetryAfterMs } : {}),
  });
}
