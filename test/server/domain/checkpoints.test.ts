import assert from "node:assert/strict";
import { refusal } from "../../support/broker-error.js";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";
import { crash, remainders, run } from "../../support/checkpoint-lab.js";

const ttlMs = 30_000;

describe("Checkpoints (semantics 3)", () => {
  it("are never written for a holder that renews at a third of the TTL", async () => {
    const fixture = await brokerFixture();
    const { broker, store, events } = fixture;
    const { lease } = await broker.acquire(request());
    const { revision } = broker;
    for (let renewal = 0; renewal < 30; renewal += 1) {
      await run(fixture, ttlMs / 3);
      await broker.renew(lease.record.leaseId, lease.holderKey, null);
    }
    await broker.stop();
    assert.equal(store.batches.length, 1, "the grant");
    assert.equal(broker.revision, revision);
    assert.equal(events.length, 1);
  });

  it("let the renewal that clears them count from its answer, however long the disk takes", async () => {
    const fixture = await brokerFixture();
    const { broker, store, clock } = fixture;
    const { lease } = await broker.acquire(request());
    await run(fixture, ttlMs / 2);
    const gate = store.hold();
    const renewal = broker.renew(lease.record.leaseId, lease.holderKey, null);
    await settle();
    clock.advance(2_000);
    gate.open();
    const { deadlineMs } = await renewal;
    assert.equal(deadlineMs, clock.monotonicMs() + ttlMs);
  });

  it("are written when half of the TTL has passed without a renewal, and at each further quarter", async () => {
    const fixture = await brokerFixture();
    await fixture.broker.acquire(request());
    await run(fixture, ttlMs / 2 - 250);
    assert.deepEqual(remainders(fixture), []);
    await run(fixture, 250);
    assert.deepEqual(remainders(fixture), [ttlMs / 2]);
    await run(fixture, ttlMs / 2);
    assert.deepEqual(remainders(fixture), [ttlMs / 2, ttlMs / 4]);
    assert.equal(fixture.broker.leaseCount, 0);
    assert.deepEqual(
      fixture.events.map(({ type }) => type),
      ["lease_granted", "lease_ended"],
    );
  });

  it("begin anew after a renewal", async () => {
    const fixture = await brokerFixture();
    const { broker } = fixture;
    const { lease } = await broker.acquire(request());
    await run(fixture, 10_000);
    await broker.renew(lease.record.leaseId, lease.holderKey, null);
    await run(fixture, ttlMs / 2 - 250);
    assert.deepEqual(remainders(fixture), []);
    await run(fixture, 250);
    assert.deepEqual(remainders(fixture), [ttlMs / 2]);
  });

  it("leave a lease after a restart with what was left, and no less", async () => {
    const fixture = await brokerFixture();
    const { lease } = await fixture.broker.acquire(request());
    await run(fixture, 20_000);
    const { broker, clock } = await crash(fixture);
    const { deadlineMs } = broker.find(lease.record.leaseId);
    assert.equal(deadlineMs - clock.monotonicMs(), ttlMs / 2);
  });

  it("let a lease run out though the broker crashes every six seconds", async () => {
    let fixture = await brokerFixture();
    await fixture.broker.acquire(request());
    for (let crashes = 0; fixture.broker.leaseCount > 0; crashes += 1) {
      assert.ok(crashes < 10, "the lease is eternal");
      await run(fixture, 6_000);
      fixture = await crash(fixture);
    }
  });

  it("do not count what a start put off, or a crash loop would add it again and again", async () => {
    const policy = { size: 300 };
    const fixture = await brokerFixture({ policy });
    const { broker, clock, store } = fixture;
    await Promise.all(Array.from({ length: 300 }, () => broker.acquire(request())));
    const restarted = await brokerFixture({ policy, clock, store });
    assert.ok(
      [...restarted.broker.leases()].some(({ unrenewedGraceMs }) => unrenewedGraceMs !== 0),
    );
    await run(restarted, 5_000);
    assert.deepEqual(remainders(restarted), Array<number>(300).fill(ttlMs - 5_000));
  });

  it("are written no more for a holder that found the restarted broker in time", async () => {
    const fixture = await brokerFixture();
    const { lease } = await fixture.broker.acquire(request());
    const restarted = await crash(fixture);
    for (let renewal = 0; renewal < 5; renewal += 1) {
      await run(restarted, renewal === 0 ? 4_000 : 10_000);
      await restarted.broker.renew(lease.record.leaseId, lease.holderKey, null);
    }
    await restarted.broker.stop();
    assert.deepEqual(remainders(restarted), []);
  });

  it("are taken back by the first renewal, durably before it is answered", async () => {
    const fixture = await brokerFixture();
    const { broker, store } = fixture;
    const { lease } = await broker.acquire(request());
    await run(fixture, 20_000);
    const gate = store.hold();
    let answers = 0;
    const renew = (): Promise<unknown> =>
      broker.renew(lease.record.leaseId, lease.holderKey, null).then(() => (answers += 1));
    const renewals = [renew(), renew(), renew()];
    await settle();
    renewals.push(renew());
    await settle();
    assert.equal(answers, 0);
    gate.open();
    await Promise.all(renewals);
    assert.deepEqual(remainders(fixture), [ttlMs / 2, null], "all share one change");
    await renew();
    assert.deepEqual(remainders(fixture), [ttlMs / 2, null]);
    const after = await crash(fixture);
    const { deadlineMs } = after.broker.find(lease.record.leaseId);
    assert.equal(deadlineMs - after.clock.monotonicMs(), ttlMs);
  });

  it("are taken back even when the renewal comes while they are being written", async () => {
    const fixture = await brokerFixture();
    const { broker, store, clock } = fixture;
    const { lease } = await broker.acquire(request());
    const gate = store.hold();
    clock.advance(20_000);
    broker.advance();
    await settle();
    assert.equal(store.batches.length, 2, "the checkpoint is on its way");
    const renewal = broker.renew(lease.record.leaseId, lease.holderKey, null);
    gate.open();
    await renewal;
    assert.equal((await store.load()).leases[0]?.remainingMs, null);
  });

  it("say nothing less when the renewal comes before they are sent", async () => {
    const fixture = await brokerFixture();
    const { broker, store, clock } = fixture;
    const { lease } = await broker.acquire(request());
    const gate = store.hold();
    const other = broker.acquire(request());
    await settle();
    clock.advance(20_000);
    broker.advance();
    await broker.renew(lease.record.leaseId, lease.holderKey, null);
    gate.open();
    await other;
    await settle();
    assert.equal((await store.load()).leases[0]?.remainingMs, null);
  });

  it("are taken back by a repeated acquire and by a new TTL, in the same change", async () => {
    const fixture = await brokerFixture();
    const { broker, store } = fixture;
    const repeated = request({ request: { key: "k", bodyHash: "b" } });
    const { lease } = await broker.acquire(repeated);
    await run(fixture, 20_000);
    await broker.acquire(repeated);
    assert.equal((await store.load()).leases[0]?.remainingMs, null);
    await run(fixture, 20_000);
    const batches = store.batches.length;
    await broker.renew(lease.record.leaseId, lease.holderKey, 60_000);
    const [record] = (await store.load()).leases;
    assert.equal(record?.remainingMs, null);
    assert.equal(record.ttlMs, 60_000);
    assert.equal(store.batches.length, batches + 1);
  });

  it("keep a new TTL that goes to disk together with them", async () => {
    const fixture = await brokerFixture();
    const { broker, store, clock } = fixture;
    const { lease } = await broker.acquire(request());
    clock.advance(20_000);
    const gate = store.hold();
    const renewal = broker.renew(lease.record.leaseId, lease.holderKey, 40_000);
    await settle();
    clock.advance(25_000);
    broker.advance();
    gate.open();
    await renewal;
    await settle();
    assert.equal((await store.load()).leases[0]?.ttlMs, 40_000);
    assert.equal(broker.find(lease.record.leaseId).record.ttlMs, 40_000);
  });

  it("refuse a renewal while they cannot be taken back, and keep the lease until they can", async () => {
    const fixture = await brokerFixture();
    const { broker, store, clock } = fixture;
    const { lease } = await broker.acquire(request());
    const other = await broker.acquire(request());
    const renew = (): Promise<unknown> => broker.renew(lease.record.leaseId, lease.holderKey, null);
    await run(fixture, 10_000);
    await broker.renew(other.lease.record.leaseId, other.lease.holderKey, null);
    await run(fixture, 10_000);
    store.failure = "before";
    await refusal(renew(), "store_unavailable");
    await refusal(renew(), "store_unavailable");
    await broker.renew(other.lease.record.leaseId, other.lease.holderKey, null);
    clock.advance(20_000);
    store.failure = "none";
    for (let turn = 0; turn < 3; turn += 1) await run(fixture, 500);
    await renew();
    assert.equal((await store.load()).leases[0]?.remainingMs, null);
    assert.equal(broker.leaseCount, 2);
  });

  it("count as written while it is unknown whether they are", async () => {
    const fixture = await brokerFixture();
    const { broker, store, clock } = fixture;
    const { lease } = await broker.acquire(request());
    store.failure = "after";
    clock.advance(20_000);
    broker.advance();
    await settle();
    await refusal(broker.renew(lease.record.leaseId, lease.holderKey, null), "store_unavailable");
  });

  it("are written in an orderly stop, of leases that would come back with more", async () => {
    const fixture = await brokerFixture();
    const { broker, store } = fixture;
    const idle = await broker.acquire(request());
    const kept = await broker.acquire(request());
    await run(fixture, 14_000);
    await broker.renew(kept.lease.record.leaseId, kept.lease.holderKey, null);
    await run(fixture, 8_000);
    await broker.stop();
    const records = (await store.load()).leases;
    const remainingMs = (leaseId: string) =>
      records.find((record) => record.leaseId === leaseId)?.remainingMs;
    assert.equal(remainingMs(idle.lease.record.leaseId), 8_000);
    assert.equal(remainingMs(kept.lease.record.leaseId), null);
  });

  it("count orderly restarts one after the other, however short each run was", async () => {
    let fixture = await brokerFixture();
    await fixture.broker.acquire(request());
    for (let restarts = 0; fixture.broker.leaseCount > 0; restarts += 1) {
      assert.ok(restarts < 40, "the lease is eternal");
      await run(fixture, 1_000);
      await fixture.broker.stop();
      fixture = await crash(fixture);
    }
  });

  it("are written a bounded number at a time, each once, and without a loop that spins", async () => {
    const fixture = await brokerFixture({ policy: { size: 2_500 } });
    const { broker, clock, store } = fixture;
    await Promise.all(Array.from({ length: 2_500 }, () => broker.acquire(request())));
    store.batches.length = 0;
    clock.advance(15_000);
    const gate = store.hold();
    broker.advance();
    await settle();
    assert.notEqual(broker.advance(), 0);
    assert.equal(store.batches.flat().length, 1_000);
    gate.open();
    await settle();
    assert.ok(store.batches.every((batch) => batch.length <= 1_000));
    assert.deepEqual(remainders(fixture), Array<number>(2_500).fill(ttlMs / 2));
  });

  it("never follow the end of their lease to disk", async () => {
    const fixture = await brokerFixture();
    const { broker, store, clock } = fixture;
    const { lease } = await broker.acquire(request());
    const gate = store.hold();
    const release = broker.release(lease.record.leaseId, lease.holderKey, false);
    clock.advance(20_000);
    broker.advance();
    gate.open();
    await release;
    await broker.stop();
    assert.deepEqual((await store.load()).leases, []);
    assert.deepEqual(remainders(fixture), []);
  });
});
