// Which block and which lease a port belongs to, asked of the real lease core.

import assert from "node:assert/strict";
import { findOwningThings, toPortOwner } from "#server/explain/find-port-owner.js";
import { brokerFixture, request } from "../../support/broker-fixture.js";

describe("Finding whose a port is", () => {
  it("finds the lease of a run at each of its ports, and nothing beside it", async () => {
    const { broker } = await brokerFixture();
    const { lease } = await broker.acquire(request({ portCount: 3, preferredPort: 20_002 }));
    const found = (port: number): string | undefined =>
      findOwningThings(broker, "tcp", port).lease?.record.leaseId;
    const { leaseId } = lease.record;
    assert.deepEqual([20_001, 20_002, 20_003, 20_004, 20_005].map(found), [
      undefined,
      leaseId,
      leaseId,
      leaseId,
      undefined,
    ]);
  });

  it("finds the block of a port that nobody leases, and nothing outside of it or in the other protocol", async () => {
    const { broker, block } = await brokerFixture();
    assert.equal(findOwningThings(broker, "tcp", 20_007).block, block);
    assert.equal(findOwningThings(broker, "tcp", 20_008).block, null);
    assert.equal(findOwningThings(broker, "udp", 20_007).block, null);
  });

  it("tells the facts without a secret: holder, time left, state and cover of the port", async () => {
    const { broker, clock } = await brokerFixture();
    const { lease } = await broker.acquire(request({ ttlMs: 30_000 }));
    clock.advance(12_000);
    const things = findOwningThings(broker, "tcp", 20_000);
    const owner = toPortOwner(things, 20_000, clock.monotonicMs());
    assert.deepEqual(owner.lease, {
      leaseId: lease.record.leaseId,
      service: "orders",
      instance: "",
      processId: null,
      ports: { firstPort: 20_000, lastPort: 20_000 },
      remainingMs: 18_000,
    });
    assert.equal(owner.block?.portState, "leased");
    assert.equal(owner.block?.covered, true);
    assert.ok(!JSON.stringify(owner).includes(lease.holderKey));
  });
});
