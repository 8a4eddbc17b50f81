// What listeners are told: every event, in the order of the revisions, whatever goes to disk together.

import assert from "node:assert/strict";
import type { BrokerEvent } from "#server/domain/events.js";
import type { ActiveLease } from "#server/domain/lease-table.js";
import {
  type BrokerFixture,
  brokerFixture,
  request,
  settle,
} from "../../support/broker-fixture.js";
import { AuditLab } from "../audit/audit-lab.js";

describe("The events of changes that go to disk together", () => {
  /** One batch for all that `ask` asks for. */
  async function together({ broker, store }: BrokerFixture, ask: () => Promise<unknown>[]) {
    const gate = store.hold();
    const before = broker.acquire(request());
    await settle();
    const asked = ask();
    await settle();
    gate.open();
    await before;
    await Promise.allSettled(asked);
    const batch = store.batches.at(-1);
    assert.equal(batch?.length, asked.length);
    return batch.map(({ revision, change: { type } }) => [type, revision]);
  }

  function told(events: readonly BrokerEvent[]) {
    return events.flatMap((event) => ("revision" in event ? [[event.type, event.revision]] : []));
  }

  const renewal = (broker: BrokerFixture["broker"], { record, holderKey }: ActiveLease) =>
    broker.renew(record.leaseId, holderKey, 60_000);
  const release = (broker: BrokerFixture["broker"], { record, holderKey }: ActiveLease) =>
    broker.release(record.leaseId, holderKey, false);

  it("come in the order of their revisions", async () => {
    const fixture = await brokerFixture();
    const { broker, events } = fixture;
    const [one, other] = [await broker.acquire(request()), await broker.acquire(request())];
    const batch = await together(fixture, () => [
      renewal(broker, other.lease),
      release(broker, one.lease),
      broker.acquire(request()),
    ]);
    assert.deepEqual(told(events).slice(-3), batch);
  });

  it("are all told, also of a lease whose end follows at once", async () => {
    const fixture = await brokerFixture();
    const { broker, events } = fixture;
    const { lease } = await broker.acquire(request());
    const batch = await together(fixture, () => [renewal(broker, lease), release(broker, lease)]);
    assert.deepEqual(
      batch.map(([type]) => type),
      ["lease_ttl_changed", "lease_ended"],
    );
    assert.deepEqual(told(events).slice(-2), batch);
  });

  it("each show the lease as their own change left it", async () => {
    const lab = new AuditLab();
    await lab.start();
    const lease = await lab.lease(lab.run(700));
    const { broker } = lab.life;
    lab.bind(700);
    const gate = lab.lab.store.hold();
    const before = broker.acquire(request());
    await settle();
    const audited = broker.audit();
    await settle();
    const renewed = broker.renew(lease.record.leaseId, lease.holderKey, 60_000);
    await settle();
    gate.open();
    await Promise.all([before, audited, renewed]);
    await settle();
    assert.equal(lab.lab.store.batches.at(-1)?.length, 2);
    const shown = lab.lab.events.flatMap((event) =>
      event.type === "lease_observed" || event.type === "lease_ttl_changed"
        ? [[event.type, event.lease.revision - event.revision, event.lease.ttlMs]]
        : [],
    );
    assert.deepEqual(shown, [
      ["lease_observed", 0, 3_600_000],
      ["lease_ttl_changed", 0, 60_000],
    ]);
  });
});
