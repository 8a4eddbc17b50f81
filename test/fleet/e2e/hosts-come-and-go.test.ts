// A broker, an etcd and a fleet server, and somebody who watches: hosts and leases come and go, brokers are killed and start again.

import assert from "node:assert/strict";
import { join } from "node:path";
import {
  FleetLease_State,
  Host_Probe,
  Host_State,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import type { BrokerProcess } from "../../support/broker-process.js";
import { etcdOfSuite } from "../../support/etcd.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { FleetPicture } from "../../support/fleet-picture.js";
import { fromMs, LeaseCaller, toMs } from "../../support/lease-caller.js";
import { startPublishedBroker, startPublishedProcess } from "../../support/published-broker.js";
import { etcdSource, startTestFleet, type TestFleet } from "../../support/running-fleet.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

describeWithEtcd("who watches a fleet", () => {
  const etcd = etcdOfSuite();
  const newDirectory = temporaryDirectories();
  let fleet: TestFleet;
  let picture: FleetPicture;

  before(async () => {
    fleet = await startTestFleet(etcdSource(etcd().endpoint));
    picture = await FleetPicture.open(fleet.address);
  });

  after(async () => {
    picture.close();
    await fleet.dispose();
  });

  const state = (hostId: string): Host_State | undefined => picture.hosts.get(hostId)?.state;
  const note = (text: string): void => console.log(`      ${text}`);

  it("sees a host appear, its leases come, change and go, and it stop", async () => {
    const startedMs = performance.now();
    const broker = await startPublishedBroker(etcd().url(), "comes");
    await picture.until("it appears", () => state("comes") === Host_State.STATE_HEARD_FROM);
    note(`a host appears ${ms(performance.now() - startedMs)} after its broker began to start`);
    const waits: { readonly come: number; readonly go: number }[] = [];
    for (let round = 0; round < 5; round += 1) {
      const acquired = await broker.holder.acquire({ holder: { service: "orders" } });
      const key = `comes/${acquired.leaseId}`;
      const come = await picture.until("the lease comes", () => picture.leases.has(key));
      const shown = picture.leases.get(key);
      assert.deepEqual([shown?.port, shown?.service], [acquired.port, "orders"]);
      assert.equal(shown?.state, FleetLease_State.STATE_ACTIVE);
      await broker.holder.release(acquired);
      const go = await picture.until("the lease goes", () => !picture.leases.has(key));
      waits.push({ come, go });
    }
    const [come, go] = [waits.map((each) => each.come), waits.map((each) => each.go)];
    note(`a lease comes after ${come.map(ms).join(", ")} and goes after ${go.map(ms).join(", ")}`);
    const short = await broker.holder.acquire({ ttl: fromMs(300) });
    await picture.until("it comes", () => picture.leases.has(`comes/${short.leaseId}`));
    await picture.until("it expires", () => picture.leases.size === 0);
    await broker.dispose();
    await picture.until("it stops", () => state("comes") === Host_State.STATE_STOPPED);
  });

  it("sees that a broker was killed and what it had, that its host is there, and that it is back", async () => {
    const directory = join(newDirectory(), "killed");
    const options = { directory, url: etcd().url(), hostId: "killed" };
    const broker = await startPublishedProcess(options);
    const leaseIds = await acquireSome(broker, 3);
    await picture.until("its leases come", () => picture.leaseIdsOf("killed").length === 3);
    await broker.kill("SIGKILL");
    const waitedMs = await picture.until(
      "it is not heard from",
      () => state("killed") === Host_State.STATE_NOT_HEARD_FROM,
    );
    note(`a broker with a presence of 2 s is not heard from ${ms(waitedMs)} after it was killed`);
    await picture.until(
      "its host answers",
      () => picture.hosts.get("killed")?.probe === Host_Probe.PROBE_HOST_ANSWERS,
    );
    assert.deepEqual(picture.leaseIdsOf("killed"), leaseIds);
    const stale = await picture.caller.leases({ filter: "host_id = killed" });
    assert.deepEqual(
      stale.map((lease) => [lease.state, toMs(lease.staleAge) > 0]),
      Array.from({ length: 3 }, () => [FleetLease_State.STATE_STALE, true]),
    );
    assert.ok(picture.reasons().includes("HOST_NOT_HEARD_FROM"));
    assert.equal((await picture.caller.fleet()).staleLeases, 3);

    picture.forgetFewest();
    const again = await startPublishedProcess(options);
    await picture.until("it is back", () => state("killed") === Host_State.STATE_HEARD_FROM);
    await picture.until("its leases are active", () =>
      [...picture.leases.values()].every((lease) => lease.state === FleetLease_State.STATE_ACTIVE),
    );
    assert.deepEqual(picture.leaseIdsOf("killed"), leaseIds);
    assert.equal(picture.fewest.leases, 3, "none of them was gone meanwhile");
    await picture.until("nothing is wrong", () => picture.reasons().length === 0);
    await again.kill("SIGTERM");
    await picture.until("it stops", () => state("killed") === Host_State.STATE_STOPPED);
  });
});

/** Sorted ids; of an hour, so that they are there after the broker's restart. */
async function acquireSome(broker: BrokerProcess, count: number): Promise<readonly string[]> {
  const holder = new LeaseCaller(broker.address);
  try {
    const leases = Array.from({ length: count }, () => holder.acquire({ ttl: fromMs(3_600_000) }));
    return (await Promise.all(leases)).map(({ leaseId }) => leaseId).toSorted();
  } finally {
    holder.close();
  }
}

function ms(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`;
}
