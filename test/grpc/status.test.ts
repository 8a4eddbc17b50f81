// The published error table. A change here is a change of the API: reasons and codes never change once published.

import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import { brokerErrorCodes } from "#server/domain/errors.js";
import { statusOf } from "#server/grpc/status.js";

const published: Readonly<Record<string, keyof typeof status>> = {
  FIELD_INVALID: "INVALID_ARGUMENT",
  TTL_OUT_OF_RANGE: "INVALID_ARGUMENT",
  PORT_COUNT_OUT_OF_RANGE: "INVALID_ARGUMENT",
  PORT_OUT_OF_RANGE: "INVALID_ARGUMENT",
  PAGE_TOKEN_INVALID: "INVALID_ARGUMENT",
  POOL_NOT_FOUND: "NOT_FOUND",
  PROTOCOL_NOT_IN_POOL: "FAILED_PRECONDITION",
  POOL_FULL: "RESOURCE_EXHAUSTED",
  NO_CONTIGUOUS_RUN: "RESOURCE_EXHAUSTED",
  PORT_LEASED: "FAILED_PRECONDITION",
  PORT_IN_QUARANTINE: "FAILED_PRECONDITION",
  PORT_IN_USE: "FAILED_PRECONDITION",
  LEASE_NOT_FOUND: "NOT_FOUND",
  LEASE_ENDED: "FAILED_PRECONDITION",
  HOLDER_KEY_MISMATCH: "PERMISSION_DENIED",
  REQUEST_ID_REUSED: "ALREADY_EXISTS",
  STORE_UNAVAILABLE: "UNAVAILABLE",
  STOPPING: "UNAVAILABLE",
  READER_TOO_SLOW: "RESOURCE_EXHAUSTED",
  CANCELLED: "CANCELLED",
  NOT_AVAILABLE: "UNIMPLEMENTED",
  BROKER_NOT_ELEVATED: "FAILED_PRECONDITION",
  WRONG_USER: "FAILED_PRECONDITION",
  RANGE_INVALID: "INVALID_ARGUMENT",
  NO_FREE_RANGE: "RESOURCE_EXHAUSTED",
  RESERVATION_GONE: "FAILED_PRECONDITION",
  RESERVATION_NOT_FOUND: "NOT_FOUND",
  UNSUPPORTED_BY_HOST: "FAILED_PRECONDITION",
  NETWORK_UNAVAILABLE: "UNAVAILABLE",
  OS_RESOURCES_EXHAUSTED: "RESOURCE_EXHAUSTED",
  OS_ERROR: "INTERNAL",
};

describe("the error table", () => {
  it("maps every code of the core to the published reason and status", () => {
    const actual = Object.fromEntries(
      brokerErrorCodes.map((code) => [code.toUpperCase(), status[statusOf[code]]]),
    );
    assert.deepEqual(actual, published);
  });
});
