// A publisher over a real etcd that was never away, and in which somebody has changed the keys of its leases.

import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { FleetPublisher } from "#server/fleet/fleet-publisher.js";
import { compareAgainMs } from "#server/fleet/recheck.js";
import { systemRandom } from "#server/system-clock.js";
import { sampleFacts } from "../../server/fleet/publisher-lab.js";
import { etcdOfSuite } from "../../support/etcd.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { FakeClock } from "../../support/fake-clock.js";
import { silentLog } from "../../support/silent-log.js";
import { sampleLease } from "../../support/store-samples.js";
import { aLease, EtcdFleet } from "../sources/etcd/etcd-fleet.js";

const leaseCount = 250;

describeWithEtcd("a publisher over an etcd that others write to", () => {
  const etcd = etcdOfSuite();
  const clock = new FakeClock();
  let fleet: EtcdFleet;
  let publisher: FleetPublisher;

  beforeEach(() => {
    fleet = new EtcdFleet(etcd().endpoint);
    const leases = Array.from({ length: leaseCount }, (_, index) => sampleLease(index + 1));
    publisher = new FleetPublisher({
      etcd: fleet.open(etcd().endpoint),
      keys: fleet.keys,
      hostId: "a",
      brokerId: "b1",
      startedWallMs: clock.wallMs(),
      presenceTtlMs: 15_000,
      clock,
      random: systemRandom(),
      source: {
        blocks: { served: [] },
        recordedLeases: () => leases.map((record) => ({ record })),
      },
      describeHost: () => sampleFacts,
      nextTurn: () => nextTurn(),
      pause: () => nextTurn(),
      log: silentLog,
    });
  });

  afterEach(async () => {
    await publisher.stop();
    await fleet.close();
  });

  async function turn(): Promise<void> {
    publisher.advance();
    await publisher.idle();
  }

  async function values(): Promise<ReadonlyMap<string, string>> {
    const { entries } = await fleet.etcd.range({ prefix: fleet.keys.leasesOf("a") });
    return new Map(entries.map(({ key, value }) => [key, Buffer.from(value).toString()]));
  }

  it("makes its leases good when it compares again, and writes nothing else", async () => {
    await turn();
    const told = await values();
    assert.equal(told.size, leaseCount);
    await fleet.putLease("a", "no-lease-of-it");
    await fleet.putLease("a", "lease-7", aLease);
    await fleet.delete(fleet.keys.lease("a", "lease-200"));
    await fleet.put(fleet.keys.lease("a", "broken"), "{");
    const { puts, deletes, failures } = publisher.stats;
    clock.advance(1.5 * compareAgainMs);
    await turn();
    assert.deepEqual(await values(), told);
    const { stats } = publisher;
    assert.deepEqual([stats.reconciles, stats.connected], [2, true]);
    assert.equal(stats.failures, failures);
    assert.equal(stats.deletes, deletes + 2);
    assert.equal(stats.puts, puts + 3, "two leases and the host");
  });
});
