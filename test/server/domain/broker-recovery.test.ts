import assert from "node:assert/strict";
import { refusal } from "../../support/broker-error.js";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";

const fingerprint = { key: "k1", bodyHash: "b1" };

describe("Broker: restart", () => {
  it("brings every lease back with its full TTL as grace, and its port stays taken", async () => {
    const { broker, store, clock } = await brokerFixture({ policy: { size: 2 } });
    const { lease } = await broker.acquire(request());
    clock.advance(29_000);
    const restarted = await brokerFixture({ store, clock, policy: { size: 2 } });
    const back = restarted.broker.find(lease.record.leaseId);
    assert.equal(back.deadlineMs, clock.monotonicMs() + 30_000);
    await restarted.broker.renew(lease.record.leaseId, lease.holderKey, null);
    assert.equal((await restarted.broker.acquire(request())).lease.record.ports.firstPort, 20_001);
    await refusal(restarted.broker.acquire(request()), "pool_full");
  });

  it("goes on with revisions where they were", async () => {
    const { broker, store, clock } = await brokerFixture();
    await broker.acquire(request());
    const { revision } = broker;
    const restarted = await brokerFixture({ store, clock });
    assert.equal(restarted.broker.revision, revision);
    assert.equal((await restarted.broker.acquire(request())).lease.record.generation, revision + 1);
  });
});

describe("Broker: a store that fails (semantics 1)", () => {
  it("refuses grants and releases, renews what is known, and comes back by itself", async () => {
    const { broker, store, clock, events } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    store.failure = "before";
    const error = await refusal(broker.acquire(request()), "store_unavailable");
    assert.ok(error.details.retryAfterMs !== undefined);
    await refusal(broker.acquire(request()), "store_unavailable");
    await refusal(
      broker.release(lease.record.leaseId, lease.holderKey, false),
      "store_unavailable",
    );
    await broker.renew(lease.record.leaseId, lease.holderKey, null);
    assert.equal(broker.readOnlyReason, "the store cannot write: no space left on device");
    broker.advance();
    await settle();
    assert.equal(broker.readOnlyReason, "the store cannot write: still broken");
    store.failure = "none";
    clock.advance(500);
    broker.advance();
    await settle();
    assert.equal(broker.readOnlyReason, null);
    assert.deepEqual(
      events.filter(({ type }) => type.startsWith("store")).map(({ type }) => type),
      ["store_failed", "store_recovered"],
    );
    await broker.renew(lease.record.leaseId, lease.holderKey, null);
    await broker.acquire(request());
    assert.equal(broker.leaseCount, 2);
  });

  it("takes over a grant that had landed although its commit failed", async () => {
    const { broker, store, clock } = await brokerFixture({ policy: { size: 1 } });
    store.failure = "after";
    await refusal(broker.acquire(request({ request: fingerprint })), "store_unavailable");
    store.failure = "none";
    clock.advance(500);
    broker.advance();
    await settle();
    const { lease } = await broker.acquire(request({ request: fingerprint }));
    assert.equal(broker.leaseCount, 1);
    assert.equal((await store.load()).leases[0]?.leaseId, lease.record.leaseId);
  });

  it("rests a port whose release may be on disk, and keeps deadlines of the others", async () => {
    const { broker, store, clock, block } = await brokerFixture();
    const kept = await broker.acquire(request());
    const gone = await broker.acquire(request());
    clock.advance(10_000);
    store.failure = "after";
    await refusal(
      broker.release(gone.lease.record.leaseId, gone.lease.holderKey, false),
      "store_unavailable",
    );
    store.failure = "none";
    broker.advance();
    await settle();
    assert.equal(broker.leaseCount, 1);
    assert.equal(block.stateOf(gone.lease.record.ports.firstPort), "quarantined");
    assert.equal(broker.find(kept.lease.record.leaseId).deadlineMs, kept.lease.deadlineMs);
  });

  it("expires what ran out meanwhile once it can write again", async () => {
    const { broker, store, clock } = await brokerFixture();
    await broker.acquire(request());
    store.failure = "before";
    await refusal(broker.acquire(request()), "store_unavailable");
    clock.advance(31_000);
    broker.advance();
    await settle();
    store.failure = "none";
    clock.advance(500);
    broker.advance();
    await settle();
    broker.advance();
    await settle();
    assert.equal(broker.leaseCount, 0);
    assert.equal((await store.load()).leases.length, 0);
  });
});
