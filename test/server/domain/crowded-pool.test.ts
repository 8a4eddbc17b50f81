import assert from "node:assert/strict";
import type { PoolPolicy } from "#server/domain/pool.js";
import { refusal } from "../../support/broker-error.js";
import { brokerFixture, request } from "../../support/broker-fixture.js";

const crowding: Partial<PoolPolicy> = { size: 4, crowdedShare: 0.5, ttlCrowdedMs: 10_000 };
const reasonsOf = (warnings: readonly { readonly reason: string }[]) =>
  warnings.map(({ reason }) => reason);

describe("A crowded pool", () => {
  it("gives new leases a shorter TTL once more than its share is leased, and says so", async () => {
    const { broker } = await brokerFixture({ policy: crowding });
    for (let count = 0; count < 3; count += 1) {
      const { lease, warnings } = await broker.acquire(request());
      assert.equal(lease.record.ttlMs, 30_000);
      assert.deepEqual(warnings, []);
    }
    assert.deepEqual(reasonsOf(broker.validateAcquire(request()).warnings), ["TTL_SHORTENED"]);
    const { lease, warnings } = await broker.acquire(request({ ttlMs: 20_000 }));
    assert.equal(lease.record.ttlMs, 10_000);
    assert.deepEqual(reasonsOf(warnings), ["TTL_SHORTENED"]);
    assert.match(warnings[0]?.message ?? "", /10 s instead of 20 s, because more than 50 %/);
  });

  it("leaves a TTL alone that is short enough, and what was promised before", async () => {
    const { broker } = await brokerFixture({ policy: crowding });
    const early = await broker.acquire(request({ portCount: 3 }));
    const { lease, warnings } = await broker.acquire(request({ ttlMs: 9_000 }));
    assert.equal(lease.record.ttlMs, 9_000);
    assert.deepEqual(warnings, []);
    const { leaseId } = early.lease.record;
    const renewed = await broker.renew(leaseId, early.lease.holderKey, null);
    assert.equal(renewed.record.ttlMs, 30_000);
  });

  it("gives no TTL below the shortest that the pool gives, and refuses those outside of its bounds", async () => {
    const { broker } = await brokerFixture({ policy: { ...crowding, ttlCrowdedMs: 500 } });
    await broker.acquire(request({ portCount: 3 }));
    await refusal(broker.acquire(request({ ttlMs: 1_000 })), "ttl_out_of_range");
    const { lease } = await broker.acquire(request());
    assert.equal(lease.record.ttlMs, 2_000);
  });

  it("tells a repeated request what it told the first", async () => {
    const { broker } = await brokerFixture({ policy: crowding });
    await broker.acquire(request({ portCount: 3 }));
    const asked = request({ request: { key: "k", bodyHash: "h" } });
    await broker.acquire(asked);
    assert.deepEqual(reasonsOf((await broker.acquire(asked)).warnings), ["TTL_SHORTENED"]);
  });

  it("is none with a share of all ports", async () => {
    const { broker } = await brokerFixture({ policy: { ...crowding, crowdedShare: 1 } });
    await broker.acquire(request({ portCount: 3 }));
    assert.equal((await broker.acquire(request())).lease.record.ttlMs, 30_000);
  });
});

describe("A preferred port that cannot be had", () => {
  it("is another port, with a warning that says why, also when it is only asked for", async () => {
    const { broker } = await brokerFixture();
    const asked = request({ preferredPort: 20_003 });
    assert.deepEqual((await broker.acquire(asked)).warnings, []);
    const reasons = ["PREFERRED_PORT_NOT_AVAILABLE"];
    assert.deepEqual(reasonsOf(broker.validateAcquire(asked).warnings), reasons);
    const { lease, warnings } = await broker.acquire(asked);
    assert.equal(lease.record.ports.firstPort, 20_000);
    assert.deepEqual(reasonsOf(warnings), reasons);
    assert.match(warnings[0]?.message ?? "", /port 20003 .*is leased to another holder/);
    const elsewhere = await broker.acquire(request({ preferredPort: 80 }));
    assert.match(elsewhere.warnings[0]?.message ?? "", /port 80 is not in pool/);
  });
});
