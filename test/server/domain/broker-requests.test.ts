import assert from "node:assert/strict";
import { rememberEndedMs } from "#server/domain/lease-table.js";
import { refusal } from "../../support/broker-error.js";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";

const fingerprint = { key: "k1", bodyHash: "b1" };

describe("Broker: request_id (semantics 9)", () => {
  it("gives a repeat the same lease and the same key, also after a restart", async () => {
    const { broker, store, clock } = await brokerFixture();
    const first = await broker.acquire(request({ request: fingerprint }));
    const again = await broker.acquire(request({ request: fingerprint }));
    assert.equal(again.lease.record.leaseId, first.lease.record.leaseId);
    assert.equal(again.lease.holderKey, first.lease.holderKey);
    const restarted = await brokerFixture({ store, clock });
    const later = await restarted.broker.acquire(request({ request: fingerprint }));
    assert.equal(later.lease.record.leaseId, first.lease.record.leaseId);
    assert.equal(later.lease.holderKey, first.lease.holderKey);
    assert.equal(restarted.broker.leaseCount, 1);
  });

  it("counts a repeat as a renewal, because the caller counts its TTL from it", async () => {
    const { broker, clock } = await brokerFixture();
    await broker.acquire(request({ request: fingerprint }));
    clock.advance(29_000);
    const { lease } = await broker.acquire(request({ request: fingerprint }));
    assert.equal(lease.deadlineMs, clock.monotonicMs() + 30_000);
  });

  it("never tells a repeat more time than a restart would leave, though a cut TTL left a later deadline", async () => {
    const { broker, clock, store } = await brokerFixture();
    const asked = request({ ttlMs: 600_000, request: fingerprint });
    const { lease } = await broker.acquire(asked);
    await broker.renew(lease.record.leaseId, lease.holderKey, 10_000);
    clock.advance(1_000);
    const sentMs = clock.monotonicMs();
    const { waitMs } = await broker.acquire(asked);
    const restarted = await brokerFixture({ store, clock });
    const { record, deadlineMs } = restarted.broker.find(lease.record.leaseId);
    assert.ok(sentMs + waitMs + record.ttlMs <= deadlineMs, "semantics 6");
  });

  it("lets repeats that arrive together share one grant", async () => {
    const { broker } = await brokerFixture();
    const grants = await Promise.all(
      Array.from({ length: 3 }, () => broker.acquire(request({ request: fingerprint }))),
    );
    assert.equal(new Set(grants.map(({ lease }) => lease.record.leaseId)).size, 1);
  });

  it("refuses the same id with another request, pending or granted", async () => {
    const { broker } = await brokerFixture();
    const other = request({ request: { key: "k1", bodyHash: "other" } });
    const first = broker.acquire(request({ request: fingerprint }));
    await refusal(broker.acquire(other), "request_id_reused");
    await first;
    await refusal(broker.acquire(other), "request_id_reused");
  });

  it("never grants anew after release or expiry, until the stated window is over", async () => {
    const { broker, store, clock } = await brokerFixture();
    const { lease } = await broker.acquire(request({ request: fingerprint }));
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    await refusal(broker.acquire(request({ request: fingerprint })), "lease_ended");
    const restarted = await brokerFixture({ store, clock });
    await refusal(restarted.broker.acquire(request({ request: fingerprint })), "lease_ended");
    clock.advance(rememberEndedMs);
    restarted.broker.advance();
    await settle();
    const anew = await restarted.broker.acquire(request({ request: fingerprint }));
    assert.notEqual(anew.lease.record.leaseId, lease.record.leaseId);
    assert.equal((await store.load()).ended.length, 0);
  });
});

describe("Broker: callers that go away (semantics 10)", () => {
  it("writes nothing when the caller left before the grant was sent to disk", async () => {
    const { broker, store } = await brokerFixture();
    const gate = store.hold();
    const blocker = broker.acquire(request());
    await settle();
    const abort = new AbortController();
    const leaving = refusal(broker.acquire(request(), abort.signal), "cancelled");
    await settle();
    abort.abort();
    await leaving;
    gate.open();
    await blocker;
    assert.equal((await store.load()).leases.length, 1);
    assert.equal((await broker.acquire(request())).lease.record.ports.firstPort, 20_001);
  });

  it("releases at once and without rest when the caller left later", async () => {
    const { broker, store, block } = await brokerFixture();
    const gate = store.hold();
    const abort = new AbortController();
    const leaving = refusal(broker.acquire(request(), abort.signal), "cancelled");
    await settle();
    abort.abort();
    gate.open();
    await leaving;
    await settle();
    assert.equal((await store.load()).leases.length, 0);
    assert.equal(block.usage().free, 8);
  });

  it("keeps the lease for a caller that can fetch it by its request_id", async () => {
    const { broker, store } = await brokerFixture();
    const gate = store.hold();
    const abort = new AbortController();
    const pending = broker.acquire(request({ request: fingerprint }), abort.signal);
    await settle();
    abort.abort();
    gate.open();
    const { lease } = await pending;
    const again = await broker.acquire(request({ request: fingerprint }));
    assert.equal(again.lease.record.leaseId, lease.record.leaseId);
  });

  it("does not take the lease from a repeat when the first caller leaves", async () => {
    const { broker, store } = await brokerFixture();
    const gate = store.hold();
    const blocker = broker.acquire(request());
    await settle();
    const abort = new AbortController();
    const first = broker.acquire(request({ request: fingerprint }), abort.signal);
    await settle();
    const second = broker.acquire(request({ request: fingerprint }));
    await settle();
    abort.abort();
    gate.open();
    await Promise.all([blocker, first]);
    assert.ok((await second).lease.record.leaseId);
  });
});
