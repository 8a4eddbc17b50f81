// The states of ports as an operator sees them, read from the real core on fake reservations.

import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Broker } from "#server/domain/broker.js";
import type { LeaseRecord } from "#server/domain/records.js";
import { Slices } from "#server/domain/slices.js";
import { portStates, readPortStates } from "#server/live/port-states.js";
import { runsOf } from "#server/live/state-runs.js";
import { brokerFixture, type BrokerFixture, request } from "../../support/broker-fixture.js";
import { FakeClock } from "../../support/fake-clock.js";

const slices = new Slices(new FakeClock(), () => nextTurn());

/** "20000 leased", "20001-20007 free". */
async function told(broker: Broker): Promise<readonly string[]> {
  const names = new Map(Object.entries(portStates).map(([name, state]) => [state as number, name]));
  const blocks = [...broker.blocks.served, ...broker.blocks.idle];
  const read = await readPortStates(blocks, broker, slices);
  return read.flatMap(runsOf).map(({ firstPort, portCount, state }) => {
    const range = portCount === 1 ? "" : `-${firstPort + portCount - 1}`;
    return `${firstPort}${range} ${names.get(state)}`;
  });
}

/** A lease of which the audit has seen this. */
async function seen(
  { broker }: BrokerFixture,
  fields: Partial<LeaseRecord>,
  portCount = 1,
): Promise<void> {
  const { lease } = await broker.acquire(request({ portCount }));
  lease.record = { ...lease.record, ...fields };
}

describe("The states of ports", () => {
  it("are free in an unused block", async () => {
    const { broker } = await brokerFixture();
    assert.deepEqual(await told(broker), ["20000-20007 free"]);
  });

  it("tell leased ports by what was seen of them", async () => {
    const fixture = await brokerFixture();
    for (const binding of ["unknown", "unbound", "bound", "stranger", "orphaned"] as const) {
      await seen(fixture, { binding });
    }
    assert.deepEqual(await told(fixture.broker), [
      "20000-20001 leased",
      "20002 bound",
      "20003-20004 stranger",
      "20005-20007 free",
    ]);
  });

  it("tell a lease of several ports as one", async () => {
    const fixture = await brokerFixture();
    await seen(fixture, { binding: "stranger" }, 3);
    assert.deepEqual(await told(fixture.broker), ["20000-20002 stranger", "20003-20007 free"]);
  });

  it("tell leased ports that are not covered, but a stranger first", async () => {
    const fixture = await brokerFixture();
    await seen(fixture, { binding: "bound" });
    await seen(fixture, { binding: "stranger" });
    await seen(fixture, { binding: "unbound" });
    for (const port of [20_000, 20_001, 20_002]) fixture.reservation.inUse.add(port);
    assert.deepEqual(await told(fixture.broker), [
      "20000 unprotected",
      "20001 stranger",
      "20002 unprotected",
      "20003-20007 free",
    ]);
  });

  it("tell ports that rest, that somebody uses, and that are pinned", async () => {
    const pins = [{ port: 20_006, service: "billing", instance: "" }];
    const { broker, reservation } = await brokerFixture({ policy: { pins } });
    const { lease } = await broker.acquire(request());
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    reservation.inUse.add(20_001);
    await broker.acquire(request());
    assert.deepEqual(await told(broker), [
      "20000 quarantined",
      "20001 unavailable",
      "20002 leased",
      "20003-20005 free",
      "20006 pinned",
      "20007 free",
    ]);
  });

  it("tell a pinned port that is leased as leased", async () => {
    const pins = [{ port: 20_000, service: "orders", instance: "" }];
    const { broker } = await brokerFixture({ policy: { pins } });
    await broker.acquire(request());
    assert.deepEqual(await told(broker), ["20000 leased", "20001-20007 free"]);
  });

  it("are unavailable in a block that grants nothing", async () => {
    const { broker, block } = await brokerFixture();
    const ports = { firstPort: 30_000, lastPort: 30_003 };
    broker.blocks.addAmbiguous({ ...block.record, blockId: "other", ports });
    assert.deepEqual(await told(broker), ["20000-20007 free", "30000-30003 unavailable"]);
  });
});
