import assert from "node:assert/strict";
import { refusal } from "../../support/broker-error.js";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";

describe("Broker: renew", () => {
  it("moves the deadline and writes nothing", async () => {
    const { broker, store, clock } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    clock.advance(20_000);
    await broker.renew(lease.record.leaseId, lease.holderKey, null);
    assert.equal(lease.deadlineMs, clock.monotonicMs() + 30_000);
    assert.equal(store.batches.length, 1);
  });

  it("is done at once where nothing is to be waited for, and refused at once", async () => {
    const { broker, store, clock } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    const { leaseId } = lease.record;
    clock.advance(20_000);
    assert.equal(broker.renewNow(leaseId, lease.holderKey, null), lease);
    assert.equal(lease.deadlineMs, clock.monotonicMs() + 30_000);
    assert.throws(() => broker.renewNow("unknown", lease.holderKey, null), {
      code: "lease_not_found",
    });
    const gate = store.hold();
    const longer = broker.renewNow(leaseId, lease.holderKey, 60_000);
    assert.ok(longer instanceof Promise);
    const { renewals } = broker.counters;
    const counted = (): unknown => Object.fromEntries(renewals.entries());
    assert.deepEqual(counted(), { ok: 1, lease_not_found: 1 });
    gate.open();
    assert.equal(await longer, lease);
    assert.deepEqual(counted(), { ok: 2, lease_not_found: 1 });
  });

  it("writes a changed TTL down before it answers", async () => {
    const { broker, store, clock } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    const gate = store.hold();
    let answered = false;
    const renewal = broker
      .renew(lease.record.leaseId, lease.holderKey, 60_000)
      .then(() => (answered = true));
    await settle();
    assert.equal(answered, false);
    gate.open();
    await renewal;
    assert.equal(lease.deadlineMs, clock.monotonicMs() + 60_000);
    assert.equal((await store.load()).leases[0]?.ttlMs, 60_000);
    await refusal(broker.renew(lease.record.leaseId, lease.holderKey, 1), "ttl_out_of_range");
  });

  it("never takes back time that was promised, when the TTL is cut", async () => {
    const { broker, clock } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    const { leaseId } = lease.record;
    await broker.renew(leaseId, lease.holderKey, null);
    await broker.renew(leaseId, lease.holderKey, 2_000);
    await broker.renew(leaseId, lease.holderKey, null);
    clock.advance(29_999);
    assert.equal(broker.find(leaseId), lease);
    clock.advance(1);
    await refusal(() => broker.find(leaseId), "lease_not_found");
  });

  it("puts a TTL behind one that is on its way to disk, even if it is the one in memory", async () => {
    const { broker, store, clock } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    const { leaseId } = lease.record;
    const gate = store.hold();
    const shorter = broker.renew(leaseId, lease.holderKey, 2_000);
    await settle();
    const longer = broker.renew(leaseId, lease.holderKey, 30_000);
    await settle();
    gate.open();
    await Promise.all([shorter, longer]);
    assert.equal((await store.load()).leases[0]?.ttlMs, 30_000);
    assert.equal(lease.deadlineMs, clock.monotonicMs() + 30_000);
  });

  it("refuses a wrong key, an unknown lease and an expired one, swept or not", async () => {
    const { broker, clock } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    const other = await broker.acquire(request());
    const { leaseId } = lease.record;
    await refusal(broker.renew(leaseId, other.lease.holderKey, null), "holder_key_mismatch");
    await refusal(broker.renew("unknown", lease.holderKey, null), "lease_not_found");
    clock.advance(30_000);
    await refusal(broker.renew(leaseId, lease.holderKey, null), "lease_not_found");
    broker.advance();
    await settle();
    await refusal(broker.renew(leaseId, lease.holderKey, null), "lease_not_found");
  });
});

describe("Broker: the end of a lease", () => {
  it("is on disk before release answers, and counts once", async () => {
    const { broker, store } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    const { leaseId } = lease.record;
    const gate = store.hold();
    const release = broker.release(leaseId, lease.holderKey, false);
    const missing = broker.release(leaseId, lease.holderKey, true);
    await settle();
    await refusal(broker.renew(leaseId, lease.holderKey, null), "lease_not_found");
    gate.open();
    assert.deepEqual(await release, { alreadyEnded: false, quarantineMs: 5_000 });
    assert.equal((await missing).alreadyEnded, true);
    assert.equal((await store.load()).leases.length, 0);
    await refusal(broker.release(leaseId, lease.holderKey, false), "lease_not_found");
    assert.equal((await broker.release(leaseId, lease.holderKey, true)).alreadyEnded, true);
  });

  it("needs the holder's key", async () => {
    const { broker } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    await refusal(broker.release(lease.record.leaseId, "wrong", false), "holder_key_mismatch");
    await refusal(broker.release(lease.record.leaseId, "wrong", true), "holder_key_mismatch");
    assert.equal(broker.leaseCount, 1);
  });

  it("comes by expiry when nobody renews, and not a moment before the TTL", async () => {
    const { broker, clock, events } = await brokerFixture();
    await broker.acquire(request());
    assert.ok((broker.advance() ?? Infinity) <= 30_000);
    clock.advance(29_999);
    assert.equal(broker.advance(), 1);
    assert.equal(broker.leaseCount, 1);
    clock.advance(1);
    broker.advance();
    await settle();
    assert.equal(broker.leaseCount, 0);
    const ended = events.find((event) => event.type === "lease_ended");
    assert.equal(ended?.ended.reason, "expired");
  });

  it("ignores the wall clock", async () => {
    const { broker, clock } = await brokerFixture();
    await broker.acquire(request());
    clock.jumpWall(10 * 365 * 24 * 3_600_000);
    broker.advance();
    await settle();
    assert.equal(broker.leaseCount, 1);
  });
});

describe("Broker: quarantine and reuse", () => {
  it("rests a port before the next holder, and gives the longest free one first", async () => {
    const { broker, clock, block } = await brokerFixture({ policy: { size: 2 } });
    const first = await broker.acquire(request());
    await broker.release(first.lease.record.leaseId, first.lease.holderKey, false);
    assert.equal(block.stateOf(20_000), "quarantined");
    assert.equal((await broker.acquire(request())).lease.record.ports.firstPort, 20_001);
    await refusal(broker.acquire(request()), "pool_full");
    clock.advance(5_000);
    const second = await broker.acquire(request());
    assert.equal(second.lease.record.ports.firstPort, 20_000);
    assert.ok(second.lease.record.generation > first.lease.record.generation);
  });

  it("never grants a port that the OS shows in use, and takes it back when it is free", async () => {
    const { broker, clock, reservation, block, events } = await brokerFixture({
      policy: { size: 2 },
    });
    reservation.inUse.add(20_000);
    assert.equal((await broker.acquire(request())).lease.record.ports.firstPort, 20_001);
    assert.equal(block.stateOf(20_000), "unavailable");
    assert.ok(events.some((event) => event.type === "port_in_use" && event.port === 20_000));
    const error = await refusal(broker.acquire(request()), "pool_full");
    assert.match(error.message, /1 in use by others/);
    reservation.inUse.clear();
    clock.advance(1_000);
    assert.equal((await broker.acquire(request())).lease.record.ports.firstPort, 20_000);
  });

  it("takes a failed look at a port for a no, says what failed, and looks again", async () => {
    const { broker, clock, reservation, block } = await brokerFixture({ policy: { size: 1 } });
    reservation.failure = new Error("too many open files");
    await assert.rejects(broker.acquire(request()), reservation.failure);
    await refusal(broker.acquire(request()), "pool_full");
    clock.advance(1_000);
    broker.advance();
    assert.equal(block.stateOf(20_000), "unavailable");
    reservation.failure = null;
    clock.advance(2_000);
    broker.advance();
    assert.equal(block.stateOf(20_000), "free");
  });

  it("looks again at a port in use less and less often", async () => {
    const { broker, clock, reservation } = await brokerFixture({ policy: { size: 1 } });
    reservation.inUse.add(20_000);
    await refusal(broker.acquire(request()), "pool_full");
    const delays: number[] = [];
    for (let check = 0; check < 7; check += 1) {
      const delayMs = broker.advance() ?? 0;
      delays.push(delayMs);
      clock.advance(delayMs);
    }
    assert.deepEqual(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });
});
