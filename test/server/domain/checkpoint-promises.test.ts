// Checkpoints beside promises that reach further than they say.

import assert from "node:assert/strict";
import { brokerFixture, request } from "../../support/broker-fixture.js";
import { crash, remainders, run, written } from "../../support/checkpoint-lab.js";

const ttlMs = 30_000;

describe("Checkpoints and promises (semantics 3)", () => {
  it("are cleared by a renewal at any fraction of a millisecond", async () => {
    const fixture = await brokerFixture();
    const { broker, clock } = fixture;
    const { lease } = await broker.acquire(request({ ttlMs: 2_453 }));
    let roundedUp = 0;
    for (let count = 1; count <= 40; count += 1) {
      await run(fixture, 1_500);
      assert.notEqual(remainders(fixture).at(-1), null);
      clock.advance(count / 41);
      const nowMs = clock.monotonicMs();
      // What was added to a fraction may come back as more.
      if (nowMs + 2_453 - nowMs > 2_453) roundedUp += 1;
      await broker.renew(lease.record.leaseId, lease.holderKey, null);
      assert.equal(remainders(fixture).at(-1), null, `at ${nowMs}`);
    }
    assert.ok(roundedUp > 0);
  });

  it("keep what a longer TTL had promised before it was cut, until that has run out", async () => {
    const fixture = await brokerFixture();
    const { broker, clock } = fixture;
    const { lease } = await broker.acquire(request());
    const { leaseId } = lease.record;
    await broker.renew(leaseId, lease.holderKey, 3_000);
    clock.advance(5_000);
    await broker.renew(leaseId, lease.holderKey, null);
    // Neither answer may have arrived: its holder counts on the first TTL.
    const again = await crash(fixture);
    clock.advance(ttlMs - 1);
    assert.equal(again.broker.find(leaseId).record.ttlMs, 3_000);
    await again.broker.renew(leaseId, lease.holderKey, null);
    const once = await crash(again);
    assert.equal(
      written(once).length,
      3,
      "the grant, the cut, and that nothing is promised beyond it",
    );
    clock.advance(3_300 + 1);
    assert.equal(once.broker.findLive(leaseId), null);
  });

  it("keep it too when a plain renewal goes to disk behind the cut", async () => {
    const fixture = await brokerFixture();
    const { broker, clock } = fixture;
    const { lease } = await broker.acquire(request());
    const { leaseId } = lease.record;
    await run(fixture, ttlMs / 2);
    assert.deepEqual(remainders(fixture), [ttlMs / 2]);
    const cut = broker.renew(leaseId, lease.holderKey, 3_000);
    const plain = broker.renew(leaseId, lease.holderKey, null);
    await Promise.all([cut, plain]);
    const again = await crash(fixture);
    clock.advance(ttlMs - 1);
    assert.notEqual(again.broker.findLive(leaseId), null);
  });
});
