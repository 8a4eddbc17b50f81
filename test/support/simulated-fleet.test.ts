// The simulated fleet is one that could exist, and is the same each time.

import assert from "node:assert/strict";
import type { LeaseRecord } from "#fleet/records/lease-record.js";
import { SimulatedFleet, type SimulatedFleetOptions } from "./simulated-fleet.js";
import type { SimulatedHost } from "./simulated-host.js";

const options: SimulatedFleetOptions = { hostCount: 60, leasesPerHost: 20, seed: 5 };

function told(fleet: SimulatedFleet): unknown[] {
  const all: unknown[] = [];
  fleet.tellAll({
    putHost: (...words) => all.push(words),
    putPresence: (...words) => all.push(words),
    putLease: (...words) => all.push(words),
  });
  return all;
}

describe("the simulated fleet", () => {
  it("is the same for the same seed, changes included, and another one for another seed", () => {
    const story = (seed: number): unknown[] => {
      const fleet = new SimulatedFleet({ ...options, seed });
      return [...told(fleet), ...Array.from({ length: 500 }, () => fleet.nextChange())];
    };
    assert.deepEqual(story(5), story(5));
    assert.notDeepEqual(story(5), story(6));
  });

  it("leases no port of a host twice, and says of its pools what its leases say", () => {
    const fleet = new SimulatedFleet(options);
    for (let count = 0; count < 5_000; count += 1) fleet.nextChange();
    for (const host of fleet.hosts) {
      const ports = [...host.leases.values()].map(({ port }) => port);
      assert.equal(new Set(ports).size, ports.length, host.hostId);
      const [pool] = host.record().pools;
      assert.equal(pool?.usage.leased, host.leases.size, host.hostId);
      assert.equal(pool?.usage.total, pool.usage.free + pool.usage.leased, host.hostId);
    }
    const average = fleet.leaseCount / options.hostCount;
    assert.ok(Math.abs(average - options.leasesPerHost) < 5, String(average));
  });

  it("tells changes that lead to what its hosts have", () => {
    const fleet = new SimulatedFleet(options);
    const known = new Map<string, LeaseRecord>();
    const key = (hostId: string, leaseId: string): string => `${hostId} ${leaseId}`;
    const putLease = (hostId: string, leaseId: string, record: LeaseRecord): unknown =>
      known.set(key(hostId, leaseId), record);
    const ignored = (): void => undefined;
    fleet.tellAll({ putHost: ignored, putPresence: ignored, putLease });
    for (let count = 0; count < 5_000; count += 1) {
      const change = fleet.nextChange();
      if (change.type === "lease") putLease(change.hostId, change.leaseId, change.record);
      else if (change.type === "lease-gone") known.delete(key(change.hostId, change.leaseId));
    }
    const expected = fleet.hosts.flatMap(({ hostId, leases }) =>
      [...leases].map(([leaseId, record]) => [key(hostId, leaseId), record] as const),
    );
    assert.deepEqual(known, new Map(expected));
  });

  it("has as many hosts that are not heard from as asked for, and they change nothing", () => {
    const fleet = new SimulatedFleet({ ...options, silentShare: 0.1, stoppedShare: 0.05 });
    const count = (wanted: SimulatedHost["state"]): number =>
      fleet.hosts.filter(({ state }) => state === wanted).length;
    assert.deepEqual([count("silent"), count("stopped")], [6, 3]);
    const living = new Set(fleet.hosts.flatMap((h) => (h.state === "heard" ? [h.hostId] : [])));
    for (let times = 0; times < 1_000; times += 1) {
      assert.ok(living.has(fleet.nextChange().hostId));
    }
  });

  it("binds every lease anew when asked to", () => {
    const fleet = new SimulatedFleet(options);
    const before = fleet.hosts.flatMap(({ leases }) => [...leases.values()]);
    const after = [...fleet.rebindAll()].map((change) => {
      assert.ok(change.type === "lease");
      return change.record;
    });
    assert.equal(after.length, before.length);
    for (const [index, { binding }] of after.entries()) {
      assert.notEqual(binding, before[index]?.binding);
    }
  });
});
