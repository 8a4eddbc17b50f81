import assert from "node:assert/strict";
import { Quotas } from "#server/domain/quotas.js";
import { refusal } from "../../support/broker-error.js";
import { brokerFixture, request, settle, testPolicy } from "../../support/broker-fixture.js";

const quota = { perService: 3, services: new Map([["orders", 2]]) };
const holder = (service: string) => ({ service, instance: "", labels: {}, process: null });
const orders = request({ holder: holder("orders") });

describe("A quota", () => {
  it("is refused with what is had, what is asked and what may be", async () => {
    const { broker } = await brokerFixture({ policy: { quota } });
    await broker.acquire(orders);
    const error = await refusal(broker.acquire({ ...orders, portCount: 2 }), "quota_exceeded");
    assert.match(error.message, /service "orders" has 1 ports of pool "default" and may have 2/);
    assert.equal(error.details.subject, "pool:default/service:orders");
    assert.deepEqual(error.details.metadata, {
      pool: "default",
      service: "orders",
      quota: "2",
      used: "1",
      asked: "2",
    });
    await refusal(
      broker.acquire({ ...orders, portCount: 2, preferredPort: 20_003, portMustMatch: true }),
      "quota_exceeded",
    );
  });

  it("of less than is asked is refused at once: waiting would not help", async () => {
    const { broker } = await brokerFixture({ policy: { quota } });
    const tooMany = { ...orders, portCount: 3, maxWaitMs: 10_000 };
    const { message } = await refusal(broker.acquire(tooMany), "quota_exceeded");
    assert.match(message, /ask for fewer/);
    assert.equal(broker.waiterCount, 0);
  });

  it("that one request in line finds too small for it lets a smaller one of its service pass", async () => {
    const { broker } = await brokerFixture({ policy: { quota } });
    const { lease } = await broker.acquire(orders);
    const both = broker.acquire({ ...orders, portCount: 2, maxWaitMs: 10_000 });
    await settle();
    const one = await broker.acquire(orders);
    const error = await refusal(broker.acquire(orders), "quota_exceeded");
    assert.equal(error.details.metadata?.["asked"], "1");
    for (const { record, holderKey } of [lease, one.lease])
      await broker.release(record.leaseId, holderKey, false);
    assert.deepEqual((await both).lease.record.ports, { firstPort: 20_002, lastPort: 20_003 });
  });

  it("is each service's own, the one without a name included", async () => {
    const { broker } = await brokerFixture({ policy: { quota } });
    await broker.acquire(request({ holder: holder("orders"), portCount: 2 }));
    await broker.acquire(request({ holder: holder(""), portCount: 3 }));
    await refusal(broker.acquire(request({ holder: holder("") })), "quota_exceeded");
    await refusal(broker.acquire(orders), "quota_exceeded");
    await broker.acquire(request({ holder: holder("billing") }));
  });

  it("holds among requests at the same time", async () => {
    const { broker, store } = await brokerFixture({ policy: { quota } });
    const gate = store.hold();
    const grants = Array.from({ length: 5 }, () => broker.acquire(orders));
    gate.open();
    const results = await Promise.allSettled(grants);
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 2);
  });

  it("counts no lease that has ended, and nobody who went away or only asked", async () => {
    const { broker, store } = await brokerFixture({ policy: { quota } });
    const { lease } = await broker.acquire({ ...orders, portCount: 2 });
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    broker.validateAcquire({ ...orders, portCount: 2 });
    const gate = store.hold();
    const other = broker.acquire(request({ holder: holder("billing") }));
    await settle();
    const caller = new AbortController();
    const left = broker.acquire({ ...orders, portCount: 2 }, caller.signal);
    caller.abort();
    await refusal(left, "cancelled");
    gate.open();
    await other;
    await broker.acquire({ ...orders, portCount: 2 });
  });

  it("counts what is on disk after a restart", async () => {
    const before = await brokerFixture({ policy: { quota } });
    const { lease } = await before.broker.acquire(orders);
    const { broker } = await brokerFixture({ policy: { quota }, store: before.store });
    await refusal(broker.acquire({ ...orders, portCount: 2 }), "quota_exceeded");
    await broker.acquire(orders);
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    await broker.acquire(orders);
  });

  it("counts what is on disk after a commit that failed", async () => {
    const { broker, store, clock } = await brokerFixture({ policy: { quota } });
    const first = await broker.acquire(orders);
    store.failure = "before";
    await refusal(broker.acquire(orders), "store_unavailable");
    store.failure = "none";
    clock.advance(1_000);
    broker.advance();
    await settle();
    await broker.acquire(orders);
    await refusal(broker.acquire(orders), "quota_exceeded");
    await broker.release(first.lease.record.leaseId, first.lease.holderKey, false);
    await broker.acquire(orders);
  });

  it("takes no memory for services that have nothing", () => {
    const quotas = new Quotas({ ...testPolicy, quota });
    for (let index = 0; index < 1_000; index += 1) {
      quotas.check(`service-${index}`, 1);
      quotas.add(`service-${index}`, 1);
      quotas.subtract(`service-${index}`, 1);
    }
    assert.equal(quotas.services, 0);
  });
});
