import assert from "node:assert/strict";
import { LeaseClock, stallCountsMs, stallMinMs } from "#server/domain/lease-clock.js";
import { refusal } from "../../support/broker-error.js";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";
import { FakeClock } from "../../support/fake-clock.js";

/** How often the loop looks at the clock. */
const lookMs = 250;

function lab(): { host: FakeClock; clock: LeaseClock; stalls: number[] } {
  const host = new FakeClock();
  const stalls: number[] = [];
  const clock = new LeaseClock(host, (gapMs) => stalls.push(gapMs));
  clock.beginListening();
  return { host, clock, stalls };
}

function runFor(host: FakeClock, milliseconds: number, look: () => void): void {
  for (let passedMs = 0; passedMs < milliseconds; passedMs += lookMs) {
    host.advance(lookMs);
    look();
  }
}

describe("LeaseClock", () => {
  it("counts the time in which somebody looks at it", () => {
    const { host, clock, stalls } = lab();
    const startMs = clock.monotonicMs();
    runFor(host, 60_000, () => clock.monotonicMs());
    assert.equal(clock.monotonicMs() - startMs, 60_000);
    assert.deepEqual(stalls, []);
  });

  it("stands still in a gap, but for what bounded work must see of it, and tells of it once", () => {
    const { host, clock, stalls } = lab();
    const startMs = clock.monotonicMs();
    host.advance(3_600_000);
    assert.equal(clock.monotonicMs() - startMs, stallCountsMs);
    assert.equal(clock.monotonicMs() - startMs, stallCountsMs);
    assert.deepEqual(stalls, [3_600_000]);
  });

  it("takes no delay that a busy loop has for a gap", () => {
    const { host, clock, stalls } = lab();
    const startMs = clock.monotonicMs();
    host.advance(stallMinMs);
    assert.equal(clock.monotonicMs() - startMs, stallMinMs);
    assert.deepEqual(stalls, []);
  });

  it("stands still until the broker can be called", () => {
    const host = new FakeClock();
    const clock = new LeaseClock(host, () => assert.fail("a start is no stall"));
    const startMs = clock.monotonicMs();
    for (const startingMs of [100, 5_000, 100]) {
      host.advance(startingMs);
      assert.equal(clock.monotonicMs(), startMs);
    }
    host.advance(10_000);
    clock.beginListening();
    host.advance(100);
    assert.equal(clock.monotonicMs(), startMs + 100);
  });

  it("shows the wall clock as it is, and is not moved by it", () => {
    const { host, clock, stalls } = lab();
    const startMs = clock.monotonicMs();
    host.jumpWall(86_400_000);
    host.jumpWall(-3 * 86_400_000);
    assert.equal(clock.monotonicMs(), startMs);
    assert.equal(clock.wallMs(), host.wallMs());
    assert.deepEqual(stalls, []);
  });
});

describe("Broker: suspend and pauses (semantics 7)", () => {
  it("extends every lease by the time in which it did not run, instead of ending them all", async () => {
    const { host, clock } = lab();
    const { broker } = await brokerFixture({ coreClock: clock });
    const { lease } = await broker.acquire(request());
    runFor(host, 10_000, () => broker.advance());
    host.advance(7 * 86_400_000);
    broker.advance();
    await settle();
    assert.equal(broker.leaseCount, 1);
    // The renewal was sent in the gap, and waited in the socket.
    await broker.renew(lease.record.leaseId, lease.holderKey, null);
    assert.equal(lease.deadlineMs, clock.monotonicMs() + 30_000);
  });

  it("hears a renewal that waited in the socket even when it is handled before the loop looks", async () => {
    const { host, clock } = lab();
    const { broker } = await brokerFixture({ coreClock: clock });
    const { lease } = await broker.acquire(request());
    host.advance(31_000);
    await broker.renew(lease.record.leaseId, lease.holderKey, null);
    broker.advance();
    await settle();
    assert.equal(broker.leaseCount, 1);
  });

  it("ends a lease that is not renewed after the gap either, when its rest of the TTL is over", async () => {
    const { host, clock } = lab();
    const { broker } = await brokerFixture({ coreClock: clock });
    await broker.acquire(request());
    runFor(host, 20_000, () => broker.advance());
    host.advance(600_000);
    runFor(host, 9_000, () => broker.advance());
    await settle();
    assert.equal(broker.leaseCount, 1);
    // The first look after the gap is a part of it.
    runFor(host, 1_000 + lookMs, () => broker.advance());
    await settle();
    assert.equal(broker.leaseCount, 0);
  });

  it("does not bring a lease back to life that had run out before the gap", async () => {
    const { host, clock } = lab();
    const { broker } = await brokerFixture({ coreClock: clock });
    const { lease } = await broker.acquire(request());
    runFor(host, 30_000, () => clock.monotonicMs());
    host.advance(600_000);
    await refusal(broker.renew(lease.record.leaseId, lease.holderKey, null), "lease_not_found");
  });

  it("lets ports rest on after a gap, and then frees them", async () => {
    const { host, clock } = lab();
    const { broker, block } = await brokerFixture({ coreClock: clock });
    const { lease } = await broker.acquire(request());
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    runFor(host, 2_000, () => broker.advance());
    host.advance(600_000);
    broker.advance();
    assert.equal(block.stateOf(lease.record.ports.firstPort), "quarantined");
    runFor(host, 3_000, () => broker.advance());
    assert.equal(block.stateOf(lease.record.ports.firstPort), "free");
  });

  it("keeps a lease of a broker that is stalled for half of the time up to twice its TTL, not for ever", async () => {
    const { host, clock } = lab();
    const { broker } = await brokerFixture({ coreClock: clock });
    await broker.acquire(request());
    const startMs = host.monotonicMs();
    while (broker.leaseCount > 0) {
      runFor(host, 1_000, () => broker.advance());
      host.advance(1_000);
      broker.advance();
      await settle();
      assert.ok(host.monotonicMs() - startMs <= 60_000 + 2_000);
    }
    assert.ok(host.monotonicMs() - startMs > 30_000);
  });
});
