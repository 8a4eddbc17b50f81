// Which hosts are removed since they were not heard from for so long, and which are not.

import assert from "node:assert/strict";
import { HostRemoval } from "#fleet/sources/etcd/host-removal.js";
import { absentForMsMin, Retention } from "#fleet/sources/etcd/retention.js";
import { systemPacing } from "#fleet/sources/pacing.js";
import { etcdOfSuite } from "../../../support/etcd.js";
import { describeWithEtcd } from "../../../support/etcd-program.js";
import { FakeClock } from "../../../support/fake-clock.js";
import { silentLog } from "../../../support/silent-log.js";
import { EtcdFleet } from "./etcd-fleet.js";

const dayMs = 86_400_000;

describeWithEtcd("the retention of hosts", () => {
  const etcd = etcdOfSuite();
  let fleet: EtcdFleet;
  let clock: FakeClock;

  beforeEach(async () => {
    fleet = new EtcdFleet(etcd().endpoint);
    clock = new FakeClock();
    await fleet.putHost("there", { saidWallMs: clock.wallMs() });
    await fleet.putPresence("there");
    await fleet.putHost("old", { saidWallMs: clock.wallMs() - 31 * dayMs });
    await fleet.putLeases("old", 3);
    await fleet.putHost("young", { saidWallMs: clock.wallMs() - 29 * dayMs });
  });

  afterEach(() => fleet.close());

  function retention(): Retention {
    const { etcd: client, keys } = fleet;
    const removal = new HostRemoval(client, keys);
    const pacing = { ...systemPacing, clock };
    return new Retention({ etcd: client, keys, removal, pacing, log: silentLog }, 30 * dayMs);
  }

  /** How many were removed. */
  async function look(at: Retention): Promise<number> {
    let removed = 0;
    await at.look(new AbortController().signal, () => (removed += 1));
    return removed;
  }

  async function hosts(): Promise<readonly string[]> {
    return (await fleet.stored()).filter((key) => key.startsWith("hosts/"));
  }

  it("removes one that was not heard from for longer, with its leases, once it was seen absent for a while", async () => {
    const watching = retention();
    assert.equal(await look(watching), 0);
    clock.advance(absentForMsMin - 1);
    assert.equal(await look(watching), 0);
    clock.advance(1);
    assert.equal(await look(watching), 1);
    assert.deepEqual(await fleet.stored(), ["hosts/there", "hosts/young", "presence/there"]);
  });

  it("keeps one that said something meanwhile, or is there", async () => {
    const watching = retention();
    await look(watching);
    clock.advance(absentForMsMin);
    await fleet.putHost("old", { saidWallMs: clock.wallMs() - 31 * dayMs, version: "0.2.0" });
    assert.equal(await look(watching), 0);
    await fleet.putPresence("old");
    clock.advance(absentForMsMin);
    assert.equal(await look(watching), 0);
  });

  it("does not believe this host's clock alone", async () => {
    const watching = retention();
    await look(watching);
    clock.advance(absentForMsMin);
    clock.jumpWall(10 * dayMs);
    // "young" would be old by this clock, and by no other.
    assert.equal(await look(watching), 1);
    assert.deepEqual(await hosts(), ["hosts/there", "hosts/young"]);
  });

  it("removes none while no host at all is heard from", async () => {
    await fleet.delete(fleet.keys.presence("there"));
    const watching = retention();
    await look(watching);
    clock.advance(absentForMsMin);
    assert.equal(await look(watching), 0);
  });

  it("does no harm side by side", async () => {
    const [one, other] = [retention(), retention()];
    for (const each of [one, other]) await look(each);
    clock.advance(absentForMsMin);
    const removed = await Promise.all([look(one), look(other)]);
    assert.ok(Math.max(...removed) === 1, removed.join(" "));
    assert.deepEqual(await hosts(), ["hosts/there", "hosts/young"]);
  });

  it("leaves alone what it cannot understand", async () => {
    await fleet.put(fleet.keys.host("strange"), '{"v":2}');
    const watching = retention();
    await look(watching);
    clock.advance(absentForMsMin);
    await look(watching);
    assert.deepEqual(await hosts(), ["hosts/strange", "hosts/there", "hosts/young"]);
  });
});
