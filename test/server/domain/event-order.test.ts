import assert from "node:assert/strict";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";

describe("Broker: the order of events", () => {
  it("tells changes of one batch in the order of their revisions, whatever they are", async () => {
    const { broker, store, events, clock } = await brokerFixture();
    const first = await broker.acquire(request());
    const second = await broker.acquire(request());
    const gate = store.hold();
    const grants = [broker.acquire(request())];
    await settle();
    const release = broker.release(first.lease.record.leaseId, first.lease.holderKey, false);
    const renewal = broker.renew(second.lease.record.leaseId, second.lease.holderKey, 4_000);
    grants.push(broker.acquire(request()));
    gate.open();
    await Promise.all([release, renewal, ...grants]);
    clock.advance(1);
    const told = events.flatMap((event) => ("revision" in event ? [event.revision] : []));
    assert.deepEqual(
      told,
      told.toSorted((a, b) => a - b),
    );
    assert.equal(told.length, 6);
  });
});
