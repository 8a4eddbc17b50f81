import assert from "node:assert/strict";
import { LeaseClock } from "#server/domain/lease-clock.js";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";
import { FakeClock } from "../../support/fake-clock.js";

const decadeMs = 10 * 365 * 86_400_000;

for (const [direction, jumpMs] of [
  ["set forward", decadeMs],
  ["set back", -decadeMs],
] as const) {
  describe(`Broker: a wall clock that is ${direction} (promise 3)`, () => {
    it("changes nothing about how long a lease lasts", async () => {
      const { broker, clock } = await brokerFixture();
      const { lease } = await broker.acquire(request());
      clock.jumpWall(jumpMs);
      assert.equal(lease.deadlineMs - clock.monotonicMs(), 30_000);
      clock.advance(29_999);
      broker.advance();
      await settle();
      assert.equal(broker.leaseCount, 1);
      clock.advance(1);
      broker.advance();
      await settle();
      assert.equal(broker.leaseCount, 0);
    });

    it("changes nothing about a grant and a renewal after it", async () => {
      const { broker, clock } = await brokerFixture();
      clock.jumpWall(jumpMs);
      const { lease, waitMs } = await broker.acquire(request());
      assert.equal(waitMs, 0);
      clock.advance(10_000);
      clock.jumpWall(jumpMs);
      await broker.renew(lease.record.leaseId, lease.holderKey, null);
      assert.equal(lease.deadlineMs - clock.monotonicMs(), 30_000);
    });

    it("changes nothing about how long ports rest", async () => {
      const { broker, clock, block } = await brokerFixture();
      const { lease } = await broker.acquire(request());
      await broker.release(lease.record.leaseId, lease.holderKey, false);
      clock.jumpWall(jumpMs);
      clock.advance(4_999);
      broker.advance();
      assert.equal(block.stateOf(lease.record.ports.firstPort), "quarantined");
      clock.advance(1);
      broker.advance();
      assert.equal(block.stateOf(lease.record.ports.firstPort), "free");
    });

    it("changes nothing about what is left after a restart, with a checkpoint and without", async () => {
      const { broker, clock, store } = await brokerFixture();
      const idle = await broker.acquire(request());
      clock.advance(20_000);
      broker.advance();
      await settle();
      const kept = await broker.acquire(request());
      clock.jumpWall(jumpMs);
      const restarted = await brokerFixture({ clock, store });
      const leftMs = (leaseId: string): number =>
        restarted.broker.find(leaseId).deadlineMs - clock.monotonicMs();
      assert.equal(leftMs(idle.lease.record.leaseId), 10_000);
      assert.equal(leftMs(kept.lease.record.leaseId), 30_000);
    });

    it("is no suspend to make up for: no time was taken from any lease", async () => {
      const host = new FakeClock();
      const coreClock = new LeaseClock(host, () => assert.fail("no gap"));
      coreClock.beginListening();
      const { broker } = await brokerFixture({ coreClock });
      const { lease } = await broker.acquire(request());
      host.jumpWall(jumpMs);
      broker.advance();
      assert.equal(lease.deadlineMs - coreClock.monotonicMs(), 30_000);
    });
  });
}
