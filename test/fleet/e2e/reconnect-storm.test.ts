// Twenty brokers whose etcd is started again: all of them are back, and what they write is what differs, and little more.

import assert from "node:assert/strict";
import { Binding } from "@portlease/proto/portlease/v1/common.js";
import { Host_State } from "@portlease/proto/portlease/v1/fleet_service.js";
import { TestEtcd } from "../../support/etcd.js";
import { etcdClients, WatchRecord } from "../../support/etcd-client.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { eventually } from "../../support/eventually.js";
import { FleetPicture } from "../../support/fleet-picture.js";
import { fromMs } from "../../support/lease-caller.js";
import { type PublishedBroker, startPublishedBroker } from "../../support/published-broker.js";
import { etcdSource, startTestFleet, type TestFleet } from "../../support/running-fleet.js";

const hostCount = 20;
const leasesPerHost = 4;
/** Its presence and its record, and both once more where etcd was slow to answer the first time. */
const greetingsPerHostMax = 4;

describeWithEtcd("twenty brokers at once", () => {
  const clientOf = etcdClients();
  let etcd: TestEtcd;
  let fleet: TestFleet;
  let picture: FleetPicture;
  const brokers: PublishedBroker[] = [];

  before(async () => {
    etcd = await TestEtcd.start();
    for (let index = 1; index <= hostCount; index += 1) {
      const changed = { presenceTtlMs: 6_000 };
      const broker = await startPublishedBroker(etcd.url(), `host-${index}`, changed);
      brokers.push(broker);
      const leases = Array.from({ length: leasesPerHost }, () =>
        broker.holder.acquire({ ttl: fromMs(600_000) }),
      );
      await Promise.all(leases);
    }
    fleet = await startTestFleet(etcdSource(etcd.endpoint));
    picture = await FleetPicture.open(fleet.address);
    await picture.until("all is there", () => picture.leases.size === hostCount * leasesPerHost);
    // What the operating system says of the ports is the last that changes by itself.
    await picture.until("all is looked at", () =>
      [...picture.leases.values()].every(({ binding }) => binding === Binding.BINDING_UNBOUND),
    );
  });

  after(async () => {
    picture.close();
    await fleet.dispose();
    await Promise.all(brokers.map((broker) => broker.dispose()));
    await etcd.dispose();
  });

  it("come back to an etcd that was started again, and write no more than what differs", async () => {
    const { revision } = await clientOf(etcd.endpoint).range({ prefix: "/portlease/", limit: 1 });
    await etcd.kill();
    await picture.until("etcd is away", () => picture.fleet?.source?.connected === false);
    for (const broker of brokers) await untilConnected(broker, 0);
    const acquired = await brokers[0]?.holder.acquire();
    await etcd.startAgain();
    const record = new WatchRecord();
    clientOf(etcd.endpoint).watch({ prefix: "/", fromRevision: revision + 1n }, record);
    await picture.until("the lease of meanwhile", () => {
      return picture.leases.has(`host-1/${acquired?.leaseId}`);
    });
    await picture.until("all are back", () => {
      const heard = [...picture.hosts.values()].filter(
        ({ state, problems }) => state === Host_State.STATE_HEARD_FROM && problems.length === 0,
      );
      return heard.length === hostCount && picture.problems.length === 0;
    });
    for (const broker of brokers) await untilConnected(broker, 1);
    const lines = record.lines();
    const leaseWrites = lines.filter((line) => line.includes("/leases/"));
    const ofOthers = leaseWrites.filter((line) => !line.includes(acquired?.leaseId ?? ""));
    assert.deepEqual(ofOthers, [], "a lease that did not change is not written");
    const others = lines.length - leaseWrites.length;
    console.log(
      `      ${others} writes of ${hostCount} hosts, and ${leaseWrites.length} of a lease`,
    );
    assert.ok(others >= hostCount, "each host said that it is there");
    assert.ok(others <= hostCount * greetingsPerHostMax, lines.join("\n"));
  });

  async function untilConnected(broker: PublishedBroker, connected: 0 | 1): Promise<void> {
    const line = `portlease_fleet_publisher_connected ${connected}\n`;
    await eventually(line, async () => (await broker.metrics()).text.includes(line));
  }
});
