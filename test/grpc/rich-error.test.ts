import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import {
  BadRequest,
  ErrorInfo,
  PreconditionFailure,
  QuotaFailure,
  ResourceInfo,
  RetryInfo,
} from "@portlease/proto/google/rpc/error_details.js";
import { Status } from "@portlease/proto/google/rpc/status.js";
import { BrokerError } from "#server/domain/errors.js";
import { poolNotFound } from "#server/domain/refusals.js";
import { isInternal, toRpcStatus, toWireError } from "#server/grpc/rich-error.js";

/** The details of an error, decoded, by the name of their type. */
function detailsOf(error: unknown): Map<string, Buffer> {
  return new Map(
    toRpcStatus(error).details.map(({ typeUrl, value }) => [
      typeUrl.replace("type.googleapis.com/google.rpc.", ""),
      value,
    ]),
  );
}

function decode<T>(details: Map<string, Buffer>, name: string, as: { decode(b: Buffer): T }): T {
  const bytes = details.get(name);
  assert.ok(bytes !== undefined, `${name} among ${[...details.keys()].join(", ")}`);
  return as.decode(bytes);
}

describe("toRpcStatus()", () => {
  it("always says reason, domain and the values", () => {
    const error = new BrokerError("pool_not_found", "no pool", { metadata: { pool: "x" } });
    const info = decode(detailsOf(error), "ErrorInfo", ErrorInfo);
    assert.deepEqual(info, {
      reason: "POOL_NOT_FOUND",
      domain: "portlease",
      metadata: { pool: "x" },
    });
    assert.equal(toRpcStatus(error).code, status.NOT_FOUND);
    assert.equal(toRpcStatus(error).message, "no pool");
  });

  it("names the wrong field", () => {
    const error = new BrokerError("ttl_out_of_range", "too long", { field: "ttl" });
    const { fieldViolations } = decode(detailsOf(error), "BadRequest", BadRequest);
    assert.deepEqual(fieldViolations, [{ field: "ttl", description: "too long" }]);
  });

  it("names the limit, and when to try again", () => {
    const details = { subject: "pool:default", retryAfterMs: 1_500 };
    const all = detailsOf(new BrokerError("pool_full", "full", details));
    assert.equal(decode(all, "QuotaFailure", QuotaFailure).violations[0]?.subject, "pool:default");
    assert.deepEqual(decode(all, "RetryInfo", RetryInfo).retryDelay, {
      seconds: 1n,
      nanos: 500_000_000,
    });
  });

  it("names what stands in the way, and what is missing", () => {
    const leased = detailsOf(new BrokerError("port_leased", "leased", { subject: "port:20000" }));
    const [violation] = decode(leased, "PreconditionFailure", PreconditionFailure).violations;
    assert.deepEqual(violation, {
      type: "PORT_LEASED",
      subject: "port:20000",
      description: "leased",
    });
    const missing = detailsOf(new BrokerError("lease_not_found", "none", { subject: "lease:a-b" }));
    const { resourceType, resourceName } = decode(missing, "ResourceInfo", ResourceInfo);
    assert.deepEqual([resourceType, resourceName], ["lease", "a-b"]);
  });

  it("has each kind of detail once at most", () => {
    const details = { subject: "pool:p", field: "pool", retryAfterMs: 1 };
    const { details: all } = toRpcStatus(new BrokerError("pool_full", "full", details));
    assert.equal(new Set(all.map(({ typeUrl }) => typeUrl)).size, all.length);
  });

  it("never carries half a character, which grpc-js could not send", () => {
    const error = new BrokerError("pool_not_found", `there is no pool "${"😀".slice(0, 1)}"`);
    assert.doesNotThrow(() => encodeURI(toWireError(error).details));
  });

  it("keeps the inside of a fault inside", () => {
    const fault = new TypeError("secret of the inside");
    assert.equal(isInternal(fault), true);
    assert.equal(isInternal(new BrokerError("cancelled", "gone")), false);
    const { code, message } = toRpcStatus(fault);
    assert.equal(code, status.INTERNAL);
    assert.doesNotMatch(message, /secret/);
  });
});

describe("toWireError()", () => {
  it("carries the same in the trailer that generic tools read", () => {
    const error = new BrokerError("pool_full", "full", { subject: "pool:default" });
    const { code, details, metadata } = toWireError(error);
    const [trailer] = metadata.get("grpc-status-details-bin");
    assert.ok(Buffer.isBuffer(trailer));
    assert.deepEqual(Status.decode(trailer), toRpcStatus(error));
    assert.deepEqual([code, details], [status.RESOURCE_EXHAUSTED, "full"]);
  });

  it("fits into what clients take for trailers, also when it names all that there is", () => {
    const names = Array.from({ length: 64 }, (_, index) => `${"p".repeat(60)}${index}`);
    const { code, details, metadata } = toWireError(poolNotFound("nothing", names));
    const [trailer] = metadata.get("grpc-status-details-bin");
    assert.ok(Buffer.isBuffer(trailer));
    assert.ok(encodeURI(details).length + trailer.toString("base64").length < 8_000);
    const {
      details: [info],
    } = Status.decode(trailer);
    assert.equal(ErrorInfo.decode(info?.value ?? Buffer.alloc(0)).reason, "POOL_NOT_FOUND");
    assert.match(details, /there is no pool "nothing"; the pools here are: pp.*…$/);
    assert.equal(code, status.NOT_FOUND);
  });
});
