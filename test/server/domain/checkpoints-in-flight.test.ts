// Checkpoints and renewals of one lease that are on their way to disk at the same time, however slow the disk is.

import assert from "node:assert/strict";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";

const ttlMs = 30_000;

describe("Checkpoints on their way to disk (semantics 3)", () => {
  it("take nothing from a renewal with another TTL that goes to disk together with them", async () => {
    const fixture = await brokerFixture();
    const { broker, clock, store } = fixture;
    const { lease } = await broker.acquire(request());
    const gate = store.hold();
    const other = broker.acquire(request());
    await settle();
    clock.advance(ttlMs / 2);
    const renewed = broker.renew(lease.record.leaseId, lease.holderKey, 2 * ttlMs);
    // On its way to disk for so long that a checkpoint is due.
    clock.advance(ttlMs / 2);
    broker.advance();
    gate.open();
    await Promise.all([other, renewed]);
    await settle();
    const promisedMs = clock.monotonicMs() + 2 * ttlMs;
    const restarted = await brokerFixture({ clock, store });
    assert.ok(restarted.broker.find(lease.record.leaseId).deadlineMs >= promisedMs, "promise 3");
  });

  it("do not follow to disk what takes one back and has not arrived, though the disk is slow", async () => {
    const fixture = await brokerFixture();
    const { broker, clock, store } = fixture;
    const { lease } = await broker.acquire(request());
    const renew = () => broker.renew(lease.record.leaseId, lease.holderKey, null);
    const first = store.hold();
    clock.advance(ttlMs / 2);
    broker.advance();
    await settle();
    const renewed = renew();
    for (let quarter = 0; quarter < 2; quarter += 1) {
      clock.advance(ttlMs / 4);
      broker.advance();
    }
    first.open();
    const second = store.hold();
    await settle();
    const renewedAgain = renew();
    second.open();
    await Promise.all([renewed, renewedAgain]);
    await settle();
    const restarted = await brokerFixture({ clock, store });
    const promisedMs = clock.monotonicMs() + ttlMs;
    assert.ok(restarted.broker.find(lease.record.leaseId).deadlineMs >= promisedMs, "promise 3");
  });

  it("count as written from when they are sent, though one before them has just arrived", async () => {
    const fixture = await brokerFixture();
    const { broker, clock, store } = fixture;
    const { lease } = await broker.acquire(request());
    const renew = () => broker.renew(lease.record.leaseId, lease.holderKey, null);
    const first = store.hold();
    const other = broker.acquire(request());
    await settle();
    clock.advance(ttlMs / 2);
    broker.advance();
    // Before it is sent, so that nothing of it is left to take back.
    await renew();
    first.open();
    const second = store.hold();
    await settle();
    for (let quarter = 0; quarter < 2; quarter += 1) {
      clock.advance(ttlMs / 4);
      broker.advance();
    }
    second.open();
    const third = store.hold();
    await settle();
    const renewed = renew();
    third.open();
    await Promise.all([other, renewed]);
    await settle();
    const restarted = await brokerFixture({ clock, store });
    const promisedMs = clock.monotonicMs() + ttlMs;
    assert.ok(restarted.broker.find(lease.record.leaseId).deadlineMs >= promisedMs, "promise 3");
  });
});
