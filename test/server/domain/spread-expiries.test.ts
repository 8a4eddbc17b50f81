import assert from "node:assert/strict";
import { graceShareMax, spreadExpiries } from "#server/domain/spread-expiries.js";
import { brokerFixture, request } from "../../support/broker-fixture.js";

function alike(count: number, ttlMs: number, remainingMs = ttlMs) {
  return Array.from({ length: count }, () => ({ ttlMs, remainingMs }));
}

/** How many fall into the fullest tenth of a second. */
function fullest(deadlinesMs: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const deadlineMs of deadlinesMs) {
    const slot = Math.floor(deadlineMs / 100);
    counts.set(slot, (counts.get(slot) ?? 0) + 1);
  }
  return Math.max(...counts.values());
}

describe("spreadExpiries", () => {
  it("leaves a few leases as they are", () => {
    assert.deepEqual(new Set(spreadExpiries(alike(100, 30_000))), new Set([0]));
    assert.deepEqual(spreadExpiries([]), []);
  });

  it("lets at most a hundred run out in a tenth of a second, where the TTL has room for that", () => {
    const graces = spreadExpiries(alike(2_000, 60_000));
    assert.equal(fullest(graces), 100);
    assert.ok(Math.max(...graces) <= 60_000 * graceShareMax);
  });

  it("spreads more than that evenly over a tenth of the TTL, and never earlier than promised", () => {
    const graces = spreadExpiries(alike(60_000, 30_000));
    assert.ok(Math.min(...graces) >= 0);
    assert.ok(Math.max(...graces) < 30_000 * graceShareMax);
    assert.ok(fullest(graces) <= 60_000 / 30 + 1);
  });

  it("is the same at every start", () => {
    assert.deepEqual(spreadExpiries(alike(5_000, 30_000)), spreadExpiries(alike(5_000, 30_000)));
  });

  it("does not put off leases that run out at different times", () => {
    const leases = Array.from({ length: 1_000 }, (_, i) => ({
      ttlMs: 200_000,
      remainingMs: i * 100,
    }));
    assert.deepEqual(new Set(spreadExpiries(leases)), new Set([0]));
  });
});

describe("Broker: expiries after a restart", () => {
  it("come spread out, and none before what is left of its TTL", async () => {
    const policy = { size: 3_000 };
    const { broker, clock, store } = await brokerFixture({ policy });
    await Promise.all(Array.from({ length: 3_000 }, () => broker.acquire(request())));
    const restarted = await brokerFixture({ policy, clock, store });
    const rests = [...restarted.broker.leases()].map(
      ({ deadlineMs }) => deadlineMs - clock.monotonicMs(),
    );
    assert.equal(rests.length, 3_000);
    assert.ok(Math.min(...rests) >= 30_000);
    assert.ok(Math.max(...rests) <= 33_000);
    assert.ok(fullest(rests) <= 101);
    const [lease] = restarted.broker.leases();
    assert.ok(lease !== undefined);
    await restarted.broker.renew(lease.record.leaseId, lease.holderKey, null);
    assert.equal(lease.deadlineMs, clock.monotonicMs() + 30_000);
  });
});
