import assert from "node:assert/strict";
import type { Protocol } from "@portlease/proto/portlease/v1/common.js";
import {
  AcquireLeaseRequest,
  type DeepPartial,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { BrokerError } from "#server/domain/errors.js";
import type { Standing } from "#server/peer-processes.js";
import type { AcquireRequest } from "#server/domain/acquire-request.js";
import { checkHolderKey, checkLeaseId, parseAcquire } from "#server/grpc/parse.js";

type Message = DeepPartial<AcquireLeaseRequest>;

/** The caller is process 77, started by 76; 75 is somebody else, 74 cannot be told, 73 is elsewhere, and no other process exists. */
const standings = new Map<number, Standing>([
  [77, "same"],
  [76, "ancestor"],
  [75, "other"],
  [74, "unknown"],
  [73, "elsewhere"],
  [1, "ancestor"],
]);

function parse(message: Message, caller = "anonymous"): AcquireRequest {
  return parseAcquire(AcquireLeaseRequest.fromPartial(message), caller, (processId) => {
    const standing = standings.get(processId);
    if (standing === undefined) return { startTime: null, standing: "other" };
    return { startTime: "boot:1", standing };
  });
}

function refusedField(message: Message): string | undefined {
  try {
    parse(message);
  } catch (error) {
    assert.ok(error instanceof BrokerError);
    return error.details.field ?? error.details.metadata?.["feature"];
  }
  return undefined;
}

describe("parseAcquire()", () => {
  it("takes an empty message as one TCP port of the default pool", () => {
    const request = parse({});
    assert.deepEqual(request, {
      pool: "",
      protocol: "tcp",
      portCount: 0,
      preferredPort: 0,
      portMustMatch: false,
      ttlMs: null,
      holder: { service: "", instance: "", labels: {}, process: null },
      request: null,
      validateOnly: false,
      bindWithinMs: null,
      maxWaitMs: 0,
    });
  });

  it("calls the holder's process proven when the caller is it or was started by it", () => {
    for (const processId of [77, 76]) {
      const { process } = parse({ holder: { process: { processId } } }).holder;
      assert.deepEqual(process, { processId, startTime: "boot:1", proven: true });
    }
  });

  it("takes the caller's word for nothing: what cannot be told is not proven", () => {
    const unknown = parse({ holder: { process: { processId: 74, proven: true } } }).holder.process;
    assert.deepEqual(unknown, { processId: 74, startTime: "boot:1", proven: false });
    const first = parse({ holder: { process: { processId: 1 } } }).holder.process;
    assert.equal(first?.proven, false, "it started every process");
    const process = { processId: 78, startTime: "made up", proven: true };
    const unseen = parse({ holder: { process } }).holder.process;
    assert.deepEqual(unseen, { processId: 78, startTime: null, proven: false });
  });

  it("refuses another process, without a word of whose it is (semantics 11)", () => {
    assert.throws(
      () => parse({ holder: { process: { processId: 75 } } }),
      (error) =>
        error instanceof BrokerError &&
        error.code === "not_your_process" &&
        error.details.field === "holder.process.process_id" &&
        !error.message.includes("77"),
    );
  });

  it("refuses a process of another network namespace, and says how it gets into this one (semantics 24)", () => {
    assert.throws(() => parse({ holder: { process: { processId: 73 } } }), {
      code: "wrong_namespace",
      message: /--network host/,
    });
  });

  it("refuses what it cannot mean, by field", () => {
    assert.equal(refusedField({ protocol: 99 as Protocol }), "protocol");
    assert.equal(refusedField({ portPreference: 99 as never }), "port_preference");
    assert.equal(refusedField({ ttl: { seconds: -1n } }), "ttl");
    assert.equal(
      refusedField({ holder: { process: { processId: 0 } } }),
      "holder.process.process_id",
    );
    assert.equal(refusedField({ requestId: "x".repeat(65) }), "request_id");
  });

  it("carries how long to wait and how long to stay unbound, within their bounds", () => {
    const { maxWaitMs, bindWithinMs } = parse({
      maxWait: { seconds: 3_600n },
      bindWithin: { seconds: 86_400n },
    });
    assert.deepEqual([maxWaitMs, bindWithinMs], [3_600_000, 86_400_000]);
    assert.equal(parse({ bindWithin: { seconds: 1n } }).bindWithinMs, 1_000);
    assert.equal(parse({ maxWait: {} }).maxWaitMs, 0);
    assert.equal(refusedField({ maxWait: { seconds: 3_600n, nanos: 1 } }), "max_wait");
    assert.equal(refusedField({ maxWait: { seconds: -1n } }), "max_wait");
    assert.equal(refusedField({ bindWithin: { nanos: 999_999_999 } }), "bind_within");
    assert.equal(refusedField({ bindWithin: { seconds: 86_401n } }), "bind_within");
  });

  it("binds a request_id to bind_within, not to max_wait: a retry waits less", () => {
    const message: Message = { requestId: "r1" };
    const { request } = parse(message);
    assert.deepEqual(parse({ ...message, maxWait: { seconds: 5n } }).request, request);
    const other = parse({ ...message, bindWithin: { seconds: 5n } }).request;
    assert.notEqual(other?.bodyHash, request?.bodyHash);
    const held: Message = { requestId: "r1", holder: { service: "orders" } };
    assert.deepEqual(parse({ ...held, maxWait: { seconds: 5n } }).request, parse(held).request);
  });

  it("binds a request_id to the caller and to the rest of the request (semantics 9)", () => {
    const message: Message = { requestId: "r1", holder: { service: "orders", labels: { a: "1" } } };
    const first = parse(message).request;
    assert.ok(first !== null);
    assert.deepEqual(parse(message).request, first);
    assert.notEqual(parse(message, "somebody").request?.key, first.key);
    assert.notEqual(parse({ ...message, requestId: "r2" }).request?.key, first.key);
    assert.equal(parse({ ...message, requestId: "r2" }).request?.bodyHash, first.bodyHash);
    const process = { processId: 77 };
    const restarted = { ...message, holder: { ...message.holder, process } };
    assert.equal(parse(restarted).request?.bodyHash, first.bodyHash, "a service started again");
    assert.notEqual(parse({ ...message, portCount: 2 }).request?.bodyHash, first.bodyHash);
    assert.doesNotMatch(JSON.stringify(first), /r1/);
  });

  it("takes a repeat for one whatever the order of its labels: maps have none on the wire", () => {
    const withLabels = (labels: Record<string, string>): Message => ({
      requestId: "r1",
      holder: { labels },
    });
    const first = parse(withLabels({ zone: "1", app: "2" })).request;
    assert.deepEqual(parse(withLabels({ app: "2", zone: "1" })).request, first);
    assert.notDeepEqual(parse(withLabels({ app: "1", zone: "2" })).request, first);
  });
});

describe("ids and keys", () => {
  it("are refused when empty or longer than any that exists, without being echoed", () => {
    for (const check of [checkLeaseId, checkHolderKey]) {
      assert.throws(() => check(""), /is empty/);
      assert.throws(
        () => check("k".repeat(1_000)),
        (error) => error instanceof BrokerError && !error.message.includes("kkk"),
      );
    }
  });
});
