// A source over a real etcd: what is there, what comes and goes, and what cannot be understood.

import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { recordBytesMax } from "#fleet/records/record-limits.js";
import { writeLease } from "#fleet/records/lease-json.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import { systemClock } from "#server/system-clock.js";
import { eventually } from "../../../support/eventually.js";
import { etcdOfSuite } from "../../../support/etcd.js";
import { describeWithEtcd } from "../../../support/etcd-program.js";
import { aLease, EtcdFleet, summaryOf, untilShown } from "./etcd-fleet.js";

describeWithEtcd("a source over etcd", () => {
  const etcd = etcdOfSuite();
  let fleet: EtcdFleet;

  beforeEach(() => {
    fleet = new EtcdFleet(etcd().endpoint);
  });

  afterEach(() => fleet.close());

  it("tells what is there, what comes, what changes and what goes", async () => {
    await fleet.putHost("a");
    await fleet.putLease("a", "l1");
    const { view, source } = fleet.follow();
    await untilShown(view, ["a: not-heard-from, l1"]);
    await fleet.putPresence("a");
    await fleet.putLease("a", "l2", { service: "billing" });
    await untilShown(view, ["a: heard-from, l1 l2"]);
    await fleet.delete(fleet.keys.lease("a", "l1"));
    await fleet.putLease("a", "l2", { service: "invoices" });
    await fleet.putHost("a", { version: "0.2.0" });
    await untilShown(view, ["a: heard-from, l2"]);
    await eventually("the changes", () => view.host("a")?.record?.version === "0.2.0");
    assert.equal(view.lease("a", "l2")?.record.service, "invoices");
    await fleet.delete(fleet.keys.presence("a"));
    await untilShown(view, ["a: not-heard-from, l2"]);
    assert.equal(view.source().connected, true);
    assert.equal(source.stats.snapshots, 1);
    assert.equal(source.stats.events, 6);
    assert.equal(source.stats.failures, 0);
    assert.ok((source.stats.sinceHeardMs ?? Infinity) < 60_000);
  });

  it("tells nothing of keys beside its prefix", async () => {
    const other = new EtcdFleet(etcd().endpoint);
    try {
      await other.putHost("b");
      await fleet.putHost("a");
      const { view, source } = fleet.follow();
      await untilShown(view, ["a: not-heard-from, "]);
      await other.putHost("c");
      await fleet.putPresence("a");
      await untilShown(view, ["a: heard-from, "]);
      assert.equal(source.stats.unreadable, 0);
    } finally {
      await other.close();
    }
  });

  it("shows no host as not heard from for a moment when it begins", async () => {
    await fleet.putHost("a");
    await fleet.putPresence("a");
    const states: string[] = [];
    const view = new FleetView(systemClock);
    const beginSnapshot = view.beginSnapshot.bind(view);
    view.beginSnapshot = (hostId) => {
      const snapshot = beginSnapshot(hostId);
      const putHost = snapshot.putHost.bind(snapshot);
      snapshot.putHost = (...told) => {
        putHost(...told);
        states.push(...summaryOf(view));
      };
      return snapshot;
    };
    const { source } = fleet.follow({}, view);
    // Its presence alone shows it, before its record is read.
    await eventually("the whole of it", () => source.stats.snapshots === 1);
    assert.deepEqual(states, ["a: heard-from, "]);
  });

  it("reads many keys in pages without holding the process up", async () => {
    await fleet.putHost("a");
    await fleet.putLeases("a", 3_000);
    let turns = 0;
    const { view, source } = fleet.follow();
    while (source.stats.snapshots === 0) {
      await nextTurn();
      turns += 1;
    }
    assert.equal(view.leaseCount, 3_000);
    assert.ok(turns > 3, `${turns} turns`);
  });

  const garbage: Readonly<
    Record<string, { key: string; value: Uint8Array | string; says: RegExp }>
  > = {
    "a key in no folder of ours": { key: "notes", value: "hello", says: /neither in hosts/ },
    "a host's id that is none": { key: "hosts/a b", value: "{}", says: /names no host/ },
    "a lease of a strange host": {
      key: "leases/a b/l1",
      value: writeLease(aLease),
      says: /names no host/,
    },
    "a lease's id that is none": { key: "leases/a/l1/x", value: "{}", says: /names no lease/ },
    "what is no JSON": { key: "leases/a/l9", value: "{", says: /not JSON/ },
    "what is no UTF-8": { key: "hosts/b", value: Uint8Array.of(0xff, 0xfe), says: /not JSON/ },
    nothing: { key: "presence/a", value: "", says: /not JSON/ },
    "a port that is none": {
      key: "leases/a/l9",
      value: writeLease({ ...aLease, port: 70_000 }),
      says: /port is 70000/,
    },
    "a newer version": { key: "leases/a/l9", value: '{"v":2}', says: /newer version/ },
    "a huge value": { key: "hosts/b", value: "x".repeat(recordBytesMax + 1), says: /bytes/ },
  };
  for (const [what, { key, value, says }] of Object.entries(garbage)) {
    it(`skips ${what}, counts it, tells it, and counts it no more when it is gone`, async () => {
      await fleet.putHost("a");
      await fleet.put(fleet.keys.prefix + key, value);
      const { view, source, logged } = fleet.follow();
      await untilShown(view, ["a: not-heard-from, "]);
      await eventually("it has read everything", () => source.stats.snapshots === 1);
      assert.equal(source.stats.unreadable, 1);
      assert.equal(view.source().unreadableCount, 1);
      assert.match(view.source().unreadableExample, says);
      assert.match(logged(), /cannot be understood/);
      // Others go on as ever.
      await fleet.putLease("a", "l1");
      await untilShown(view, ["a: not-heard-from, l1"]);
      await fleet.delete(fleet.keys.prefix + key);
      await eventually("it is gone", () => source.stats.unreadable === 0);
      assert.equal(view.source().unreadableCount, 0);
    });
  }

  it("skips what becomes garbage while it is followed, keeps what was known, and takes it when it is mended", async () => {
    await fleet.putHost("a");
    await fleet.putLease("a", "l1");
    const { view, source } = fleet.follow();
    await untilShown(view, ["a: not-heard-from, l1"]);
    await fleet.put(fleet.keys.lease("a", "l1"), "garbage");
    await eventually("it is told", () => source.stats.unreadable === 1);
    assert.deepEqual(summaryOf(view), ["a: not-heard-from, l1"]);
    await fleet.putLease("a", "l1", { service: "billing" });
    await eventually("it is mended", () => source.stats.unreadable === 0);
    assert.equal(view.lease("a", "l1")?.record.service, "billing");
  });

  it("reads everything anew when a host's record is deleted beside its leases", async () => {
    await fleet.putHost("a");
    await fleet.putPresence("a");
    await fleet.putLease("a", "l1");
    const { view, source } = fleet.follow();
    await untilShown(view, ["a: heard-from, l1"]);
    await fleet.delete(fleet.keys.host("a"));
    await eventually("it is read anew", () => source.stats.snapshots === 2);
    assert.deepEqual(summaryOf(view), ["a: heard-from, l1"]);
    assert.equal(view.host("a")?.record, null);
    await fleet.putHost("a");
    await eventually("it is back", () => view.host("a")?.record !== null);
    assert.deepEqual(summaryOf(view), ["a: heard-from, l1"]);
  });

  it("tells nothing any more when it is closed", async () => {
    await fleet.putHost("a");
    const { view, source } = fleet.follow();
    await untilShown(view, ["a: not-heard-from, "]);
    await source.close();
    await fleet.putHost("b");
    const other = fleet.follow();
    await untilShown(other.view, ["a: not-heard-from, ", "b: not-heard-from, "]);
    assert.deepEqual(summaryOf(view), ["a: not-heard-from, "]);
  });
});
