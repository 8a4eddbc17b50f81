// What the lease core counts, seen on the real core with a fake clock.

import assert from "node:assert/strict";
import { DurationCounts } from "#server/domain/duration-counts.js";
import {
  brokerFixture,
  type BrokerFixture,
  request,
  settle,
} from "../../support/broker-fixture.js";

const fingerprint = { key: "k", bodyHash: "h" };

describe("the counters of the core", () => {
  let fixture: BrokerFixture;
  beforeEach(async () => {
    fixture = await brokerFixture({ policy: { size: 2, sizeMax: 2, portCountMax: 2 } });
  });

  const grantsOf = (pool: string) => fixture.broker.counters.ofPool(pool).grants;
  const failed = (call: Promise<unknown>) => assert.rejects(call);

  it("tell what no port could be had for from what was wrong with a request, and losses from releases", async () => {
    const { broker, clock } = fixture;
    const kept = await broker.acquire(request());
    const released = await broker.acquire(request());
    await failed(broker.acquire(request()));
    await failed(broker.acquire(request({ portCount: 99 })));
    await broker.release(released.lease.record.leaseId, released.lease.holderKey, false);
    clock.advance(kept.lease.record.ttlMs + 1);
    broker.advance();
    await broker.stop();
    const { shortages, releases, losses } = broker.counters.ofPool("default");
    assert.deepEqual({ shortages, releases, losses }, { shortages: 1, releases: 1, losses: 1 });
  });

  it("tell grants from repeats, and refusals by why", async () => {
    const { broker } = fixture;
    await broker.acquire(request({ request: fingerprint }));
    await broker.acquire(request({ request: fingerprint }));
    await broker.acquire(request());
    await failed(broker.acquire(request()));
    await failed(broker.acquire(request({ pool: "nowhere" })));
    assert.deepEqual(
      [...grantsOf("default").entries()],
      [
        ["ok", 2],
        ["repeated", 1],
        ["pool_full", 1],
      ],
    );
    // Whoever calls could make up names of pools without end.
    assert.deepEqual([...broker.counters.pools.keys()], ["default", ""]);
    assert.equal(grantsOf("").of("pool_not_found"), 1);
  });

  it("measure a grant from its receipt until it is on disk, the wait in line included", async () => {
    const { broker, clock } = fixture;
    const first = await broker.acquire(request({ portCount: 2, ttlMs: 2_000 }));
    const second = broker.acquire(request({ maxWaitMs: 30_000 }));
    clock.advance(400);
    await broker.release(first.lease.record.leaseId, first.lease.holderKey, false);
    clock.advance(5_000);
    broker.advance();
    await second;
    const { grantDuration } = broker.counters.ofPool("default");
    assert.equal(grantDuration.sumMs, 5_400);
  });

  it("count a repeat that waits with the first as one grant", async () => {
    const { broker } = fixture;
    await Promise.all([
      broker.acquire(request({ request: fingerprint })),
      broker.acquire(request({ request: fingerprint })),
    ]);
    assert.equal(grantsOf("default").of("ok"), 1);
    assert.equal(grantsOf("default").of("repeated"), 1);
  });

  it("count renewals, and why others are refused", async () => {
    const { broker } = fixture;
    const { lease } = await broker.acquire(request());
    await broker.renew(lease.record.leaseId, lease.holderKey, null);
    await failed(broker.renew(lease.record.leaseId, "another key", null));
    await failed(broker.renew("nothing", lease.holderKey, null));
    const { renewals } = broker.counters;
    assert.deepEqual(
      [...renewals.entries()],
      [
        ["ok", 1],
        ["holder_key_mismatch", 1],
        ["lease_not_found", 1],
      ],
    );
  });

  it("count ends by their reason, and how late expired leases were ended", async () => {
    const { broker, clock } = fixture;
    const { lease } = await broker.acquire(request());
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    await broker.acquire(request({ ttlMs: 2_000 }));
    clock.advance(2_300);
    assert.equal(broker.expiryOverdueMs, 300);
    broker.advance();
    await settle();
    const { ends } = broker.counters.ofPool("default");
    assert.deepEqual([ends.released, ends.expired, ends.revoked], [1, 1, 0]);
    assert.equal(broker.counters.expiryDelay.sumMs, 300);
    assert.equal(broker.expiryOverdueMs, 0);
  });

  it("count commits, what they wrote and how long they took, and those that failed", async () => {
    const { broker, clock, store } = fixture;
    const gate = store.hold();
    const calls = [broker.acquire(request()), broker.acquire(request())];
    await settle();
    clock.advance(20);
    gate.open();
    await Promise.all(calls);
    store.failure = "before";
    const [first] = broker.leases();
    if (first === undefined) throw new Error("a lease was expected");
    await failed(broker.release(first.record.leaseId, first.holderKey, false));
    const { commits } = broker.counters;
    assert.deepEqual([commits.changes, commits.failures, commits.duration.sumMs], [2, 1, 20]);
  });
});

describe("durations in buckets", () => {
  it("are counted in the first bucket whose bound is not below them", () => {
    const durations = new DurationCounts([1, 10]);
    for (const durationMs of [0.5, 1, 1.5, 10, 11, -3]) durations.add(durationMs);
    assert.deepEqual(durations.counts, [3, 2, 1]);
    assert.equal(durations.sumMs, 24);
  });
});
