// What is counted of requests and leases, on the real core.

import assert from "node:assert/strict";
import { lossesOf, noPool, shortagesOf } from "#server/domain/lease-counters.js";
import { brokerFixture, request } from "../../support/broker-fixture.js";

describe("The counters of leases", () => {
  it("count grants, renewals and ends by pool", async () => {
    const { broker, clock } = await brokerFixture({ policy: { quarantineMs: 0 } });
    const kept = await broker.acquire(request());
    const released = await broker.acquire(request());
    const { leaseId } = released.lease.record;
    await broker.renew(leaseId, released.lease.holderKey, null);
    await broker.renew(leaseId, released.lease.holderKey, 40_000);
    await broker.release(leaseId, released.lease.holderKey, false);
    clock.advance(kept.lease.record.ttlMs + 1);
    broker.advance();
    await broker.stop();
    const counts = broker.counters.of("default");
    assert.equal(counts.granted, 2);
    assert.equal(counts.renewed, 2);
    assert.deepEqual(
      [...counts.ended],
      [
        ["released", 1],
        ["expired", 1],
      ],
    );
    assert.equal(lossesOf(counts), 1);
    assert.deepEqual(broker.counters.pools, ["default"]);
  });

  it("count a repeated request once", async () => {
    const { broker } = await brokerFixture();
    const repeated = request({ request: { key: "k", bodyHash: "h" } });
    await broker.acquire(repeated);
    await broker.acquire(repeated);
    assert.equal(broker.counters.of("default").granted, 1);
  });

  it("count refusals by the reason that the caller was told, apart from checks without a request", async () => {
    const quota = { perService: null, services: new Map([["few", 1]]) };
    const { broker } = await brokerFixture({ policy: { size: 4, portCountMax: 4, quota } });
    const few = { service: "few", instance: "", labels: {}, process: null };
    await assert.rejects(broker.acquire(request({ holder: few, portCount: 2 })));
    await broker.acquire(request({ portCount: 4 }));
    await assert.rejects(broker.acquire(request()));
    await assert.rejects(broker.acquire(request({ portCount: 99 })));
    assert.throws(() => broker.validateAcquire(request()));
    const counts = broker.counters.of("default");
    assert.deepEqual(
      counts.refused,
      new Map([
        ["quota_exceeded", 1],
        ["pool_full", 1],
        ["port_count_out_of_range", 1],
      ]),
    );
    assert.equal(shortagesOf(counts), 2, "what is wrong with a request is no shortage");
  });

  it("make no entry for a pool that does not exist", async () => {
    const { broker } = await brokerFixture();
    for (const pool of ["one", "two", "three"]) {
      await assert.rejects(broker.acquire(request({ pool })));
    }
    assert.deepEqual(broker.counters.pools, [noPool]);
    assert.equal(broker.counters.of(noPool).refused.get("pool_not_found"), 3);
  });
});
