// What a failed call turns into.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { PortleaseError, toPortleaseError } from "@portlease/client";
import { ErrorInfo, RetryInfo } from "@portlease/proto/google/rpc/error_details.js";
import { Status } from "@portlease/proto/google/rpc/status.js";
import { statusNames } from "#client/errors.js";

function serviceError(code: status, details: string, packed?: Uint8Array): ServiceError {
  const metadata = new Metadata();
  if (packed !== undefined) metadata.set("grpc-status-details-bin", Buffer.from(packed));
  return Object.assign(new Error(`${code} ${details}`), { code, details, metadata });
}

function poolFull(): Uint8Array {
  const info = { reason: "POOL_FULL", domain: "portlease", metadata: { pool: "default" } };
  const retry = { retryDelay: { seconds: 2n, nanos: 500_000_000 } };
  const pack = (name: string, bytes: Uint8Array) => ({
    typeUrl: `type.googleapis.com/google.rpc.${name}`,
    value: Buffer.from(bytes),
  });
  return Status.encode({
    code: status.RESOURCE_EXHAUSTED,
    message: 'the pool "default" is full',
    details: [
      pack("RetryInfo", RetryInfo.encode(retry).finish()),
      pack("SomethingNew", new Uint8Array([255, 255])),
      pack("ErrorInfo", ErrorInfo.encode(info).finish()),
    ],
  }).finish();
}

describe("toPortleaseError()", () => {
  it("decodes reason, metadata and retry delay of the broker's answer", () => {
    const error = toPortleaseError(serviceError(8, "full", poolFull()), "127.0.0.1:7600");
    assert.ok(error instanceof PortleaseError);
    assert.equal(error.code, "RESOURCE_EXHAUSTED");
    assert.equal(error.reason, "POOL_FULL");
    assert.deepEqual({ ...error.metadata }, { pool: "default" });
    assert.equal(error.retryDelayMs, 2_500);
    assert.equal(error.message, 'POOL_FULL: the pool "default" is full');
  });

  it("names the address and the way out when nobody answers", () => {
    const error = toPortleaseError(serviceError(14, "connect ECONNREFUSED"), "127.0.0.1:7600");
    assert.equal(error.code, "UNAVAILABLE");
    assert.equal(error.reason, "BROKER_UNREACHABLE");
    assert.deepEqual(error.metadata, { address: "127.0.0.1:7600" });
    assert.match(
      error.message,
      /127\.0\.0\.1:7600.*ECONNREFUSED.*portlease serve.*PORTLEASE_ADDRESS/,
    );
  });

  it("keeps the code of an answer without details, or with details that are garbage", () => {
    for (const packed of [undefined, new Uint8Array([10, 200, 1])]) {
      const error = toPortleaseError(serviceError(7, "no", packed), "a");
      assert.equal(error.code, "PERMISSION_DENIED");
      assert.equal(error.reason, "");
      assert.equal(error.retryDelayMs, null);
      assert.equal(error.message, "PERMISSION_DENIED: no");
    }
  });

  it("takes an error of code OK, or of no known code, for UNKNOWN", () => {
    for (const code of [0, 99])
      assert.equal(toPortleaseError(serviceError(code, "?"), "a").code, "UNKNOWN");
  });

  it("knows every gRPC status by its name", () => {
    for (const [code, name] of statusNames.entries()) assert.equal(status[code], name);
    assert.equal(status[statusNames.length], undefined);
  });

  it("shows itself with its code in a log", () => {
    const text = inspect(toPortleaseError(serviceError(8, "full", poolFull()), "a"));
    assert.match(text, /PortleaseError: POOL_FULL: the pool/);
    assert.match(text, /code: 'RESOURCE_EXHAUSTED'/);
  });
});
