// An etcd that goes and comes back under a source: killed, compacted, emptied.

import assert from "node:assert/strict";
import { FleetView } from "#fleet/view/fleet-view.js";
import { systemClock } from "#server/system-clock.js";
import { TcpRelay } from "../../../support/tcp-relay.js";
import { eventually } from "../../../support/eventually.js";
import { TestEtcd } from "../../../support/etcd.js";
import { describeWithEtcd } from "../../../support/etcd-program.js";
import { EtcdFleet, summaryOf, untilShown } from "./etcd-fleet.js";
import { putBytes } from "./raw-etcd.js";

describeWithEtcd("a source whose etcd", () => {
  let etcd: TestEtcd;
  let fleet: EtcdFleet;
  const lines: TcpRelay[] = [];

  beforeEach(async () => {
    etcd = await TestEtcd.start();
    fleet = new EtcdFleet(etcd.endpoint);
  });

  afterEach(async () => {
    await fleet.close();
    await Promise.all(lines.splice(0).map((line) => line.close()));
    await etcd.dispose();
  });

  it("is killed and started again goes on where it was, and keeps what it knows meanwhile", async () => {
    await fleet.putHost("a");
    await fleet.putLease("a", "l1");
    const { view, source, logged } = fleet.follow();
    await untilShown(view, ["a: not-heard-from, l1"]);
    // The last change is one that nobody can ask for by its key.
    await putBytes(etcd.endpoint, [Buffer.from(`${fleet.keys.prefix}\u00ff`, "latin1")]);
    await eventually("it is seen", () => source.stats.unreadable === 1);
    await etcd.kill();
    await eventually("it is told", () => !view.source().connected);
    assert.notEqual(view.source().detail, "");
    assert.deepEqual(summaryOf(view), ["a: not-heard-from, l1"]);
    await etcd.startAgain();
    await fleet.putLease("a", "l2");
    await untilShown(view, ["a: not-heard-from, l1 l2"]);
    await eventually("it is connected", () => view.source().connected);
    assert.equal(view.source().detail, "");
    // Whether it is still the same etcd is known by now.
    await fleet.delete(fleet.keys.lease("a", "l1"));
    await untilShown(view, ["a: not-heard-from, l2"]);
    assert.equal(source.stats.snapshots, 1);
    assert.equal(source.stats.resumes, 1);
    assert.ok(source.stats.failures > 0);
    assert.match(logged(), /etcd is not heard/);
  });

  it("is not there yet is followed once it is", async () => {
    await etcd.stop();
    const { view, source } = fleet.follow();
    await eventually("it is told", () => source.stats.failures > 0);
    assert.equal(view.source().connected, false);
    await etcd.startAgain();
    await fleet.putHost("a");
    await untilShown(view, ["a: not-heard-from, "]);
    assert.equal(view.source().connected, true);
    assert.equal(source.stats.resumes, 0);
  });

  it("was compacted while it was away is read anew, and nothing flickers", async () => {
    await fleet.putHost("a");
    await fleet.putLease("a", "l1");
    await fleet.putLease("a", "l2");
    await fleet.put(fleet.keys.host("c"), "garbage");
    const line = await lineToEtcd();
    const { view, source } = fleet.follow({}, new FleetView(systemClock), line.endpoint);
    await untilShown(view, ["a: not-heard-from, l1 l2"]);
    const counts = new Set<number>();
    const putLease = view.putLease.bind(view);
    view.putLease = (...told) => {
      putLease(...told);
      counts.add(view.leasesOf("a").length);
    };
    assert.equal(source.stats.unreadable, 1);
    line.break();
    await eventually("it is told", () => source.stats.failures > 0);
    await fleet.delete(fleet.keys.lease("a", "l1"));
    await fleet.putLease("a", "l3");
    await fleet.putHost("b");
    await fleet.delete(fleet.keys.host("c"));
    await etcd.ctl("compact", String(await fleet.revision()));
    line.mend();
    await untilShown(view, ["a: not-heard-from, l2 l3", "b: not-heard-from, "]);
    await eventually("it is read", () => source.stats.snapshots === 2);
    assert.equal(source.stats.compactions, 1);
    assert.equal(source.stats.unreadable, 0);
    assert.equal(view.source().unreadableCount, 0);
    // At no moment was anything gone that came back.
    assert.deepEqual(counts, new Set([2, 3]));
  });

  it("has another history than before is read anew, though it has come as far", async () => {
    await fleet.putHost("a");
    const line = await lineToEtcd();
    const through = fleet.open(line.endpoint);
    let isOther = false;
    const { view, source } = fleet.follow({
      etcd: {
        range: async (request) => {
          const page = await through.range(request);
          const asksForMark = request.limit === 1 && request.revision !== undefined;
          return isOther && asksForMark ? { ...page, entries: [] } : page;
        },
        transact: (transaction) => through.transact(transaction),
        grantLease: (ttlSeconds) => through.grantLease(ttlSeconds),
        keepAlive: (leaseId) => through.keepAlive(leaseId),
        revokeLease: (leaseId) => through.revokeLease(leaseId),
        watch: (request, listener) => through.watch(request, listener),
        close: () => through.close(),
      },
    });
    await untilShown(view, ["a: not-heard-from, "]);
    line.break();
    await eventually("it is told", () => source.stats.failures > 0);
    isOther = true;
    line.mend();
    await eventually("it is read anew", () => source.stats.snapshots === 2);
    await fleet.putHost("b");
    await untilShown(view, ["a: not-heard-from, ", "b: not-heard-from, "]);
  });

  async function lineToEtcd(): Promise<TcpRelay> {
    const line = await TcpRelay.start(etcd.endpoint);
    lines.push(line);
    return line;
  }
});
