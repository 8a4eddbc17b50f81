// A release that comes after the lease ran out, before anybody noticed that it did.

import assert from "node:assert/strict";
import { refusal } from "../../support/broker-error.js";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";

describe("Broker: a release after the lease ran out", () => {
  it("is OK with allowMissing, and then the end is on disk", async () => {
    const { broker, clock, store } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    const { leaseId } = lease.record;
    clock.advance(30_000);
    await refusal(broker.release(leaseId, lease.holderKey, false), "lease_not_found");
    const result = await broker.release(leaseId, lease.holderKey, true);
    assert.equal(result.alreadyEnded, true);
    assert.equal((await store.load()).leases.length, 0);
  });

  it("says that the store cannot write when the end cannot be written down", async () => {
    const { broker, clock, store } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    store.failure = "before";
    store.probeFails = true;
    await refusal(broker.acquire(request()), "store_unavailable");
    await settle();
    clock.advance(30_000);
    const release = broker.release(lease.record.leaseId, lease.holderKey, true);
    await refusal(release, "store_unavailable");
  });
});
