// A pool whose policy changes while it runs: what counts at once, what stays as it was promised, and who is served by it.

import assert from "node:assert/strict";
import { fixedChanges } from "#server/domain/pool-policies.js";
import type { PoolPolicy } from "#server/domain/pool.js";
import { refusal } from "../../support/broker-error.js";
import {
  type BrokerFixture,
  brokerFixture,
  request,
  settle,
  testPolicy,
} from "../../support/broker-fixture.js";
import { fullBroker, Outcomes, release, waiting } from "../../support/full-broker.js";

const holder = (service: string) => ({ service, instance: "", labels: {}, process: null });
const pin = { port: 20_000, service: "gateway", instance: "" };

function change({ broker }: Pick<BrokerFixture, "broker">, fields: Partial<PoolPolicy>): void {
  const [pool] = broker.pools;
  broker.policies.change({ ...testPolicy, ...pool?.policy, ...fields });
}

describe("A policy that changes while the pool runs", () => {
  it("bounds the TTL of what is asked from then on, and leaves what was promised", async () => {
    const fixture = await brokerFixture();
    const { broker, clock } = fixture;
    const { lease } = await broker.acquire(request({ ttlMs: 60_000 }));
    const { leaseId } = lease.record;
    change(fixture, { ttlMaxMs: 20_000, ttlDefaultMs: 10_000 });
    await refusal(broker.acquire(request({ ttlMs: 30_000 })), "ttl_out_of_range");
    await refusal(broker.renew(leaseId, lease.holderKey, 30_000), "ttl_out_of_range");
    const other = await broker.acquire(request());
    assert.equal(other.lease.record.ttlMs, 10_000);
    clock.advance(50_000);
    const renewed = await broker.renew(leaseId, lease.holderKey, null);
    assert.equal(renewed.deadlineMs - clock.monotonicMs(), 60_000);
  });

  it("bounds how many ports a lease has", async () => {
    const fixture = await brokerFixture();
    change(fixture, { portCountMax: 2 });
    const three = fixture.broker.acquire(request({ portCount: 3 }));
    await refusal(three, "port_count_out_of_range");
  });

  it("picks by the new policy", async () => {
    const fixture = await brokerFixture({ policy: { quarantineMs: 0 } });
    const { broker } = fixture;
    const { lease } = await broker.acquire(request());
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    change(fixture, { pickPolicy: "compact" });
    const again = await broker.acquire(request());
    assert.equal(again.lease.record.ports.firstPort, 20_000, "the longest free one was 20001");
  });

  it("keeps a pinned port from others from the next grant on, and who has it keeps it", async () => {
    const fixture = await brokerFixture({ policy: { size: 2, quarantineMs: 0 } });
    const { broker } = fixture;
    const { lease } = await broker.acquire(request());
    change(fixture, { pins: [pin] });
    await broker.renew(lease.record.leaseId, lease.holderKey, null);
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    const other = await broker.acquire(request());
    assert.equal(other.lease.record.ports.firstPort, 20_001);
    await refusal(broker.acquire(request()), "pool_full");
    const own = await broker.acquire(request({ holder: holder("gateway") }));
    assert.equal(own.lease.record.ports.firstPort, 20_000);
  });

  it("sets ports apart as static, and no more", async () => {
    const fixture = await brokerFixture();
    change(fixture, { staticPorts: 2 });
    const first = await fixture.broker.acquire(request());
    assert.equal(first.lease.record.ports.firstPort, 20_002);
    change(fixture, { staticPorts: 0 });
    const second = await fixture.broker.acquire(request());
    assert.equal(second.lease.record.ports.firstPort, 20_000);
  });

  it("leaves a service what it has over a new quota, and gives it nothing more", async () => {
    const fixture = await brokerFixture();
    const { broker } = fixture;
    const { lease } = await broker.acquire(request({ portCount: 3 }));
    change(fixture, { quota: { perService: null, services: new Map([["orders", 2]]) } });
    await refusal(broker.acquire(request()), "quota_exceeded");
    await broker.renew(lease.record.leaseId, lease.holderKey, null);
  });

  it("is refused for another pool, and for what the pool is made of", async () => {
    const fixture = await brokerFixture();
    const other = { ...testPolicy, name: "nothing" };
    await refusal(() => fixture.broker.policies.change(other), "pool_not_found");
    assert.throws(() => change(fixture, { size: 9 }), /size of a running pool cannot change/);
    assert.equal(fixture.broker.pools[0]?.policy.size, 8);
  });

  it("keeps the kind that a pool of kind auto has", async () => {
    const auto = { ...testPolicy, kindIsAuto: true };
    assert.deepEqual(fixedChanges(auto, { ...auto, kind: "persistent" }), []);
    assert.deepEqual(fixedChanges(testPolicy, { ...testPolicy, kind: "persistent" }), ["kind"]);
    const fixture = await brokerFixture({ policy: { kindIsAuto: true } });
    change(fixture, { kind: "persistent", quarantineMs: 1_000 });
    assert.equal(fixture.broker.pools[0]?.policy.kind, "held");
    assert.equal(fixture.broker.pools[0].policy.quarantineMs, 1_000);
  });
});

describe("Who waits in line when the policy changes", () => {
  it("is served when its quota is raised", async () => {
    const quota = { perService: 1, services: new Map<string, number>() };
    const fixture = await brokerFixture({ policy: { quota } });
    const outcomes = new Outcomes();
    await fixture.broker.acquire(request());
    outcomes.follow("second", fixture.broker.acquire(waiting()));
    await settle();
    assert.deepEqual(outcomes.order, []);
    change(fixture, { quota: { ...quota, perService: 2 } });
    await settle();
    assert.deepEqual(outcomes.order, ["second"]);
  });

  it("is served when a pin is gone", async () => {
    const fixture = await fullBroker(1);
    const outcomes = new Outcomes();
    change(fixture, { pins: [pin] });
    outcomes.follow("other", fixture.broker.acquire(waiting()));
    await release(fixture, ...fixture.grants);
    assert.deepEqual(outcomes.order, []);
    change(fixture, { pins: [] });
    await settle();
    assert.deepEqual(outcomes.order, ["other"]);
  });

  it("is refused for its own TTL alone, and the next in line is served", async () => {
    const fixture = await fullBroker(1);
    const outcomes = new Outcomes();
    outcomes.follow("long", fixture.broker.acquire(waiting({ ttlMs: 60_000 })));
    outcomes.follow("short", fixture.broker.acquire(waiting()));
    await settle();
    change(fixture, { ttlMaxMs: 20_000, ttlDefaultMs: 10_000 });
    await release(fixture, ...fixture.grants);
    assert.deepEqual(outcomes.order, ["long ttl_out_of_range", "short"]);
  });

  it("is told apart by the pins there are now", async () => {
    const fixture = await fullBroker(1);
    const outcomes = new Outcomes();
    outcomes.follow("others", fixture.broker.acquire(waiting({ holder: holder("others") })));
    outcomes.follow("gateway", fixture.broker.acquire(waiting({ holder: holder("gateway") })));
    await settle();
    change(fixture, { pins: [pin] });
    await release(fixture, ...fixture.grants);
    assert.deepEqual(outcomes.order, ["gateway"]);
    fixture.broker.stopGranting();
    await settle();
  });
});
