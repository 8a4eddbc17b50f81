// Strangers write what they like below the fleet's prefix while brokers and a fleet server run: it is skipped, counted and told, what
// is good is shown, and when it is gone nobody speaks of it any more.

import assert from "node:assert/strict";
import { Host_State } from "@portlease/proto/portlease/v1/fleet_service.js";
import { unreadableMax } from "#fleet/view/source-view.js";
import { etcdOfSuite } from "../../support/etcd.js";
import { etcdClients } from "../../support/etcd-client.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { eventually } from "../../support/eventually.js";
import { FleetPicture } from "../../support/fleet-picture.js";
import { HttpCaller } from "../../support/http-caller.js";
import { fromMs } from "../../support/lease-caller.js";
import { type PublishedBroker, startPublishedBroker } from "../../support/published-broker.js";
import { etcdSource, startTestFleet, type TestFleet } from "../../support/running-fleet.js";
import { putBytes } from "../sources/etcd/raw-etcd.js";

const prefix = "/portlease/";
const junkKeys = 10_000;
const junkPerWrite = 128;

describeWithEtcd("a fleet with garbage in its etcd", () => {
  const etcd = etcdOfSuite();
  const clientOf = etcdClients();
  let broker: PublishedBroker;
  let fleet: TestFleet;
  let picture: FleetPicture;
  let leaseId: string;

  before(async () => {
    broker = await startPublishedBroker(etcd().url(), "good");
    ({ leaseId } = await broker.holder.acquire({
      holder: { service: "orders" },
      ttl: fromMs(600_000),
    }));
    fleet = await startTestFleet(etcdSource(etcd().endpoint));
    picture = await FleetPicture.open(fleet.address);
    await picture.until("the lease", () => picture.leases.has(`good/${leaseId}`));
  });

  after(async () => {
    picture.close();
    await fleet.dispose();
    await broker.dispose();
  });

  const unreadable = (): number => picture.fleet?.source?.unreadableEntries ?? -1;

  async function put(key: string, value: string | Uint8Array): Promise<void> {
    const then = [{ put: prefix + key, value }];
    await clientOf(etcd().endpoint).transact({ when: [], then });
  }

  /** Everything that is good is shown as ever, and goes on. */
  async function goesOn(): Promise<void> {
    const acquired = await broker.holder.acquire({ holder: { service: "meanwhile" } });
    await picture.until("a lease comes", () => picture.leases.has(`good/${acquired.leaseId}`));
    await broker.holder.release(acquired);
    await picture.until("it goes", () => !picture.leases.has(`good/${acquired.leaseId}`));
    assert.equal(picture.hosts.get("good")?.state, Host_State.STATE_HEARD_FROM);
    assert.ok(picture.leases.has(`good/${leaseId}`));
  }

  async function toldAsMany(count: number): Promise<void> {
    await picture.until(`${count} are told`, () => unreadable() === count);
    const isTold = picture.reasons().includes("ENTRIES_UNREADABLE");
    assert.equal(isTold, count > 0, picture.summary());
    await eventually(`${count} are counted`, async () => (await counted()) === count);
  }

  /** By the metric. */
  async function counted(): Promise<number> {
    const { text } = await new HttpCaller(fleet.httpAddress ?? "").get("/metrics");
    return Number(/^portlease_fleet_unreadable_entries (\d+)$/m.exec(text)?.[1]);
  }

  it("skips it, counts it, tells it, and shows what is good", async () => {
    const strange = {
      notes: "hello",
      "hosts/broken": "{",
      "hosts/newer": '{"v":2}',
      "hosts/not a host": "{}",
      "presence/nobody": "not ours",
      "leases/other/lease-1": '{"v":1,"port":70000}',
      "leases/other/large": Buffer.alloc(1_000_000, "x"),
      "leases/other": "no lease",
    };
    for (const [key, value] of Object.entries(strange)) await put(key, value);
    const binary = Buffer.concat([Buffer.from(`${prefix}hosts/`), Buffer.of(0xff, 0x00, 0xfe)]);
    await putBytes(etcd().endpoint, [binary]);
    await toldAsMany(Object.keys(strange).length + 1);
    assert.deepEqual([...picture.hosts.keys()], ["good"], "nobody is shown who is not there");
    await goesOn();
  });

  it("shows a host of which only its presence, or a lease, can be understood, as far as that goes", async () => {
    const value = await valueOf(`${prefix}leases/good/${leaseId}`);
    await put("leases/stray/lease-9", value);
    await picture.until("the lease", () => picture.leases.has("stray/lease-9"));
    assert.equal(picture.hosts.get("stray")?.state, Host_State.STATE_NOT_HEARD_FROM);
    await etcd().ctl("del", `${prefix}leases/stray/lease-9`);
    await picture.until("it is gone", () => !picture.hosts.has("stray"));
  });

  it("lets a fleet server start among it", async () => {
    const other = await startTestFleet(etcdSource(etcd().endpoint));
    const seen = await FleetPicture.open(other.address);
    try {
      await seen.until("the same count", () => {
        return seen.fleet?.source?.unreadableEntries === unreadable();
      });
      assert.ok(seen.leases.has(`good/${leaseId}`));
    } finally {
      seen.close();
      await other.dispose();
    }
  });

  it("holds up under ten thousand keys, and forgets them when they are removed", async () => {
    const before = unreadable();
    const client = clientOf(etcd().endpoint);
    for (let first = 0; first < junkKeys; first += junkPerWrite) {
      const then = Array.from({ length: Math.min(junkPerWrite, junkKeys - first) }, (_, index) => ({
        put: `${prefix}junk/${first + index}`,
        value: "junk",
      }));
      await client.transact({ when: [], then });
    }
    await picture.until("as many as are counted", () => unreadable() === unreadableMax);
    assert.equal(await counted(), before + junkKeys, "those that there is no room for, too");
    await goesOn();
    await etcd().ctl("del", "--prefix", `${prefix}junk/`);
    await toldAsMany(before);
    for (const key of ["notes", "hosts/broken", "hosts/n", "presence/nobody", "leases/other"]) {
      await etcd().ctl("del", "--prefix", prefix + key);
    }
    // To the end of the hosts: what is no text.
    await etcd().ctl("del", `${prefix}hosts/~`, `${prefix}hosts0`);
    await toldAsMany(0);
    await goesOn();
  });

  it("has a broker take away what is no lease of its own, when it compares", async () => {
    await put("leases/good/no-lease-of-it", await valueOf(`${prefix}leases/good/${leaseId}`));
    await put("leases/good/broken", "{");
    await picture.until("it is shown", () => picture.leases.has("good/no-lease-of-it"));
    await picture.until("it is told", () => unreadable() === 1);
    await etcd().stop();
    await eventually("the broker does not reach it", async () => {
      const { text } = await broker.metrics();
      return text.includes("portlease_fleet_publisher_connected 0\n");
    });
    await etcd().startAgain();
    await picture.until("it is gone", () => !picture.leases.has("good/no-lease-of-it"));
    await toldAsMany(0);
    await goesOn();
  });

  async function valueOf(key: string): Promise<string> {
    return eventually(`a value of ${key}`, async () => {
      const value = await etcd().ctl("get", key, "--print-value-only");
      return value !== "" && value.trim();
    });
  }
});
