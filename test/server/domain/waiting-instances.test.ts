// Waiting in line where an instance may have its own port back before it has rested (Affinity).

import assert from "node:assert/strict";
import type { AcquireRequest } from "#server/domain/acquire-request.js";
import type { BrokerFixture } from "../../support/broker-fixture.js";
import { request, settle } from "../../support/broker-fixture.js";
import { fullBroker, maxWaitMs, Outcomes, release, waiting } from "../../support/full-broker.js";

const holder = (instance: string) => ({ service: "orders", instance, labels: {}, process: null });
const policy = { quarantineMs: 60_000 };

describe("Waiting in line for a port that rests", () => {
  /** All ports of the pool are leased by instances a, b, ... */
  async function instances(count: number) {
    const fixture = await fullBroker(count, { policy });
    await release(fixture, ...fixture.grants);
    fixture.clock.advance(policy.quarantineMs);
    const names = ["a", "b", "c", "d"].slice(0, count);
    const leases = [];
    for (const name of names)
      leases.push(await fixture.broker.acquire(request({ holder: holder(name) })));
    return { ...fixture, leases };
  }

  function wait(
    { broker }: BrokerFixture,
    outcomes: Outcomes,
    instance: string,
    fields: Partial<AcquireRequest> = {},
  ): void {
    outcomes.follow(instance, broker.acquire(waiting({ holder: holder(instance), ...fields })));
  }

  it("gives it at once to the instance that released it, past others for whom it rests", async () => {
    const fixture = await instances(1);
    const outcomes = new Outcomes();
    wait(fixture, outcomes, "other");
    wait(fixture, outcomes, "a");
    await release(fixture, fixture.leases[0]);
    assert.deepEqual(outcomes.order, ["a"]);
  });

  it("does so also while another port is free that none of them can use", async () => {
    const fixture = await instances(2);
    const outcomes = new Outcomes();
    wait(fixture, outcomes, "other", { portCount: 2 });
    wait(fixture, outcomes, "b", { preferredPort: 20_001, portMustMatch: true });
    await release(fixture, fixture.leases[1]);
    assert.deepEqual(outcomes.order, ["b"]);
    assert.equal(outcomes.ports.get("b"), 20_001);
  });

  it("gives it to one who comes later as well, though others were just refused as many", async () => {
    const fixture = await instances(3);
    const { broker, clock, leases } = fixture;
    const outcomes = new Outcomes();
    await release(fixture, ...leases);
    clock.advance(policy.quarantineMs);
    const two = request({ holder: holder("a"), portCount: 2 });
    const run = await broker.acquire(two);
    wait(fixture, outcomes, "other", { portCount: 2 });
    await release(fixture, run);
    const { lease } = await broker.acquire(two);
    assert.deepEqual(lease.record.ports, run.lease.record.ports);
    assert.deepEqual(outcomes.order, []);
  });

  it("waits on while somebody is bound there, and gets it as soon as nobody is", async () => {
    const fixture = await instances(1);
    const { broker, reservation, leases } = fixture;
    const outcomes = new Outcomes();
    reservation.inUse.add(20_000);
    wait(fixture, outcomes, "a");
    await release(fixture, leases[0]);
    assert.deepEqual(outcomes.order, []);
    reservation.inUse.clear();
    broker.advance();
    await settle();
    assert.deepEqual(outcomes.order, ["a"]);
  });

  it("says that it rests when the time is over before the rest is", async () => {
    const fixture = await instances(1);
    const refused = fixture.broker.acquire(waiting({ holder: holder("other") }));
    await release(fixture, fixture.leases[0]);
    fixture.clock.advance(maxWaitMs);
    fixture.broker.advance();
    await assert.rejects(refused, /0 of 1 leased, 1 resting/);
  });
});
