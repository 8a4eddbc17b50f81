// Everything that LeaseService and AdminService refuse, over real gRPC: the code, the published reason and the details that a
// program needs. After each refusal the broker still serves and nothing is lost.

import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import {
  ListBlocksRequest,
  ListPoolsRequest,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import {
  AcquireLeaseRequest_PortPreference as PortPreference,
  GetLeaseRequest,
  LeaseServiceService,
  ListLeasesRequest,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { callRaw } from "../support/call-raw.js";
import { type Acquired, fromMs, type LeaseCaller, toMs, unary } from "../support/lease-caller.js";
import { failureOf, type RpcFailure } from "../support/rpc-failure.js";

const poolSize = 6;

describe("What the broker refuses over gRPC", () => {
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let caller: LeaseCaller;
  let standing: Acquired;
  let firstPort: number;

  before(async () => {
    lab = await BrokerLab.open();
    const flags = ["--pool-quarantine", "1h", "--pool-max-port-count", "4", "--log-level", "debug"];
    broker = await lab.start({ poolSize, flags });
    caller = lab.caller(broker);
    firstPort = broker.ready.blocks[0]?.firstPort ?? 0;
    standing = await caller.acquire({ preferredPort: firstPort, ttl: fromMs(600_000) });
  });

  afterEach("the broker still serves and nothing is lost", async () => {
    assert.equal(await caller.health(), "SERVING");
    const { port, generation } = await caller.renew(standing);
    assert.deepEqual([port, generation], [standing.port, standing.generation]);
    assert.ok((await caller.list()).some(({ leaseId }) => leaseId === standing.leaseId));
  });

  after(() => lab.close());

  /** The code and the reason, as they are in the documentation. */
  function assertRefused(failure: RpcFailure, codeName: string, reason: string): void {
    assert.equal(`${failure.codeName} ${failure.reason}`, `${codeName} ${reason}`);
    assert.equal(failure.details.errorInfo?.domain, "portlease");
  }

  function assertField(failure: RpcFailure, field: string): void {
    const fields = failure.details.badRequest?.fieldViolations.map((violation) => violation.field);
    assert.deepEqual(fields, [field]);
  }

  it("names a ttl that is out of range, with the bounds", async () => {
    for (const seconds of [0.5, 90_000]) {
      const failure = await failureOf(caller.acquire({ ttl: fromMs(seconds * 1_000) }));
      assertRefused(failure, "INVALID_ARGUMENT", "TTL_OUT_OF_RANGE");
      assertField(failure, "ttl");
      assert.deepEqual(failure.details.errorInfo?.metadata, {
        pool: "default",
        ttl_seconds: String(seconds),
        min_ttl_seconds: "2",
        max_ttl_seconds: "86400",
      });
    }
  });

  it("names a ttl that is out of range on renewal too, and keeps the one there was", async () => {
    const failure = await failureOf(caller.renew({ ...standing, ttl: fromMs(1) }));
    assertRefused(failure, "INVALID_ARGUMENT", "TTL_OUT_OF_RANGE");
    assert.equal(toMs((await caller.get(standing.leaseId)).ttl), 600_000);
  });

  it("refuses a negative and an absurd ttl", async () => {
    for (const seconds of [-1n, 2n ** 62n]) {
      const failure = await failureOf(caller.acquire({ ttl: { seconds, nanos: 0 } }));
      assertRefused(failure, "INVALID_ARGUMENT", "FIELD_INVALID");
      assertField(failure, "ttl");
    }
  });

  it("names an unknown pool and lists the known ones", async () => {
    const failure = await failureOf(caller.acquire({ pool: "web" }));
    assertRefused(failure, "NOT_FOUND", "POOL_NOT_FOUND");
    assert.deepEqual(failure.details.errorInfo?.metadata, { pool: "web", pools: "default" });
    const { resourceType, resourceName } = failure.details.resourceInfo ?? {};
    assert.deepEqual([resourceType, resourceName], ["pool", "web"]);
  });

  it("says that a pool has no ports of a protocol", async () => {
    const failure = await failureOf(caller.acquire({ protocol: Protocol.PROTOCOL_UDP }));
    assertRefused(failure, "FAILED_PRECONDITION", "PROTOCOL_NOT_IN_POOL");
    assert.equal(failure.details.preconditionFailure?.violations[0]?.subject, "pool:default");
  });

  it("refuses a run longer than the pool allows", async () => {
    const failure = await failureOf(caller.acquire({ portCount: 5 }));
    assertRefused(failure, "INVALID_ARGUMENT", "PORT_COUNT_OUT_OF_RANGE");
    assertField(failure, "port_count");
    assert.equal(failure.details.errorInfo?.metadata["max_port_count"], "4");
  });

  it("refuses a preferred port that is no port of the pool, or no port at all", async () => {
    for (const preferredPort of [firstPort + poolSize, firstPort - 1, 65_536]) {
      const failure = await failureOf(
        caller.acquire({ preferredPort, portPreference: PortPreference.PORT_PREFERENCE_MUST }),
      );
      assertRefused(failure, "INVALID_ARGUMENT", "PORT_OUT_OF_RANGE");
      assertField(failure, "preferred_port");
    }
  });

  it("says that a port that must be had is leased", async () => {
    const failure = await failureOf(
      caller.acquire({
        preferredPort: standing.port,
        portPreference: PortPreference.PORT_PREFERENCE_MUST,
      }),
    );
    assertRefused(failure, "FAILED_PRECONDITION", "PORT_LEASED");
    const violation = failure.details.preconditionFailure?.violations[0];
    assert.deepEqual(
      [violation?.type, violation?.subject],
      ["PORT_LEASED", `port:${standing.port}`],
    );
  });

  it("says that a port that must be had rests after its last holder", async () => {
    const released = await caller.acquire();
    await caller.release(released);
    const failure = await failureOf(
      caller.acquire({
        preferredPort: released.port,
        portPreference: PortPreference.PORT_PREFERENCE_MUST,
      }),
    );
    assertRefused(failure, "FAILED_PRECONDITION", "PORT_IN_QUARANTINE");
  });

  it("says that there is no such lease", async () => {
    const unknown = { leaseId: "no-such-lease", holderKey: "not-the-key-of-any-lease" };
    const calls = [
      () => caller.get(unknown.leaseId),
      () => caller.renew(unknown),
      () => caller.release(unknown),
    ];
    for (const call of calls) {
      const failure = await failureOf(call());
      assertRefused(failure, "NOT_FOUND", "LEASE_NOT_FOUND");
      const { resourceType, resourceName } = failure.details.resourceInfo ?? {};
      assert.deepEqual([resourceType, resourceName], ["lease", "no-such-lease"]);
    }
    assert.equal((await caller.release({ ...unknown, allowMissing: true })).alreadyEnded, true);
  });

  it("refuses a wrong holder key, whatever is asked with it", async () => {
    const wrong = { leaseId: standing.leaseId, holderKey: "not-the-key-of-this-lease" };
    for (const call of [
      () => caller.renew(wrong),
      () => caller.renew({ ...wrong, ttl: fromMs(5_000) }),
      () => caller.release(wrong),
      () => caller.release({ ...wrong, allowMissing: true }),
    ]) {
      const failure = await failureOf(call());
      assertRefused(failure, "PERMISSION_DENIED", "HOLDER_KEY_MISMATCH");
      assert.ok(!failure.message.includes(wrong.holderKey), "a wrong key is not repeated");
      assert.ok(!failure.message.includes(standing.holderKey));
    }
    assert.equal(toMs((await caller.get(standing.leaseId)).ttl), 600_000);
  });

  it("refuses empty and overlong ids and keys", async () => {
    const { leaseId, holderKey } = standing;
    const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
      ["lease_id", () => caller.get("")],
      ["lease_id", () => caller.renew({ leaseId: "x".repeat(1_000), holderKey })],
      ["holder_key", () => caller.renew({ leaseId })],
      ["holder_key", () => caller.release({ leaseId, holderKey: "x".repeat(1_000) })],
      ["request_id", () => caller.acquire({ requestId: "x".repeat(65) })],
      ["holder.service", () => caller.acquire({ holder: { service: "x".repeat(129) } })],
      ["holder.labels", () => caller.acquire({ holder: { labels: { "": "x" } } })],
    ];
    for (const [field, call] of calls) {
      const failure = await failureOf(call());
      assertRefused(failure, "INVALID_ARGUMENT", "FIELD_INVALID");
      assertField(failure, field);
      assert.ok(failure.message.length < 500, "what is echoed is bounded");
    }
  });

  it("answers a repeated request_id with the same lease, and refuses it for another request", async () => {
    const request = { requestId: "refusals-1", ttl: fromMs(60_000) };
    const first = await caller.acquire(request);
    const again = await caller.acquire(request);
    assert.deepEqual([again.leaseId, again.holderKey], [first.leaseId, first.holderKey]);
    const reused = await failureOf(caller.acquire({ ...request, ttl: fromMs(61_000) }));
    assertRefused(reused, "ALREADY_EXISTS", "REQUEST_ID_REUSED");

    await caller.release(first);
    const ended = await failureOf(caller.acquire(request));
    assertRefused(ended, "FAILED_PRECONDITION", "LEASE_ENDED");
    assert.equal(ended.details.errorInfo?.metadata["lease_id"], first.leaseId);
    const still = await failureOf(caller.acquire({ ...request, ttl: fromMs(61_000) }));
    assertRefused(still, "ALREADY_EXISTS", "REQUEST_ID_REUSED");
    assert.ok(![reused, ended].some(({ message }) => message.includes(request.requestId)));
  });

  function listPage(fields: { pageToken?: string }) {
    const method = caller.leaseClient.listLeases.bind(caller.leaseClient);
    return unary(method, ListLeasesRequest.fromPartial(fields));
  }

  it("refuses negative page sizes and page tokens that it did not make for this list", async () => {
    const poolsMethod = caller.adminClient.listPools.bind(caller.adminClient);
    const blocksMethod = caller.adminClient.listBlocks.bind(caller.adminClient);
    const ofAnotherList = Buffer.from(JSON.stringify(["pools", "a"])).toString("base64url");
    const calls: readonly (() => Promise<unknown>)[] = [
      () => listPage({ pageToken: "nonsense" }),
      () => listPage({ pageToken: ofAnotherList }),
      () => listPage({ pageToken: "A".repeat(10_000) }),
      () => unary(poolsMethod, ListPoolsRequest.fromPartial({ pageToken: "nonsense" })),
      () => unary(blocksMethod, ListBlocksRequest.fromPartial({ pageToken: ofAnotherList })),
    ];
    for (const call of calls) {
      const failure = await failureOf(call());
      assertRefused(failure, "INVALID_ARGUMENT", "PAGE_TOKEN_INVALID");
      assertField(failure, "page_token");
    }
    const negative = await failureOf(caller.list(-1));
    assertRefused(negative, "INVALID_ARGUMENT", "FIELD_INVALID");
    assertField(negative, "page_size");
  });

  it("knows no method that the API does not have", async () => {
    const unknown = await callRaw(broker.address, "/portlease.v1.LeaseService/Nothing");
    assert.equal(unknown.codeName, "UNIMPLEMENTED");
  });

  it("refuses a message that is too large, and one that is no message", async () => {
    const path = LeaseServiceService.getLease.path;
    const leaseId = "x".repeat(300 * 1024);
    const huge = Buffer.from(GetLeaseRequest.encode({ leaseId }).finish());
    const failure = await callRaw(broker.address, path, huge);
    assert.equal(failure.code, status.RESOURCE_EXHAUSTED);
    const garbage = await callRaw(broker.address, path, Buffer.from([0xff, 0xff, 0xff]));
    assert.ok(["INTERNAL", "INVALID_ARGUMENT"].includes(garbage.codeName), garbage.message);
  });

  it("says that a pool is full with its numbers and when a port is free again", async () => {
    // The last ports: what earlier tests released rests for an hour.
    const rest: Acquired[] = [];
    const failure = await failureOf(
      (async () => {
        for (;;) rest.push(await caller.acquire());
      })(),
    );
    assertRefused(failure, "RESOURCE_EXHAUSTED", "POOL_FULL");
    const { metadata = {} } = failure.details.errorInfo ?? {};
    const leased = String((await caller.list()).length);
    assert.deepEqual([metadata["total"], metadata["leased"]], [String(poolSize), leased]);
    assert.equal(failure.details.quotaFailure?.violations[0]?.subject, "pool:default");
    const retryAfterMs = toMs(failure.details.retryInfo?.retryDelay);
    assert.ok(retryAfterMs > 3_000_000 && retryAfterMs <= 3_600_000, String(retryAfterMs));
    await Promise.all(rest.map((lease) => caller.release(lease)));
  });
});
