// The view of the fleet: what sources tell it, in whatever order, and what it says of it.

import assert from "node:assert/strict";
import type { FleetLease } from "#fleet/view/fleet-entities.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import { FakeClock } from "../../support/fake-clock.js";
import {
  type FleetLab,
  fleetLab,
  sampleHost,
  sampleLeaseRecord,
  samplePool,
} from "../../support/fleet-samples.js";

const names = (leases: Iterable<FleetLease>): string[] =>
  Array.from(leases, ({ host, leaseId }) => `${host.hostId}/${leaseId}`);
const presence = { brokerId: "b", startedWallMs: 0 };

describe("The view of the fleet", () => {
  let lab: FleetLab;
  let view: FleetView;

  beforeEach(() => {
    lab = fleetLab();
    ({ view } = lab);
  });

  it("keeps a lease of a host of which nothing else was heard", () => {
    view.putLease("a", "1", sampleLeaseRecord());
    const host = view.host("a");
    assert.equal(host?.record, null);
    assert.equal(host.state, "not-heard-from");
    assert.equal(host.lastHeardWallMs, null);
    assert.deepEqual(names(view.leasesOf("a")), ["a/1"]);
    view.removeLease("a", "1");
    assert.equal(view.host("a"), undefined);
  });

  it("hears from who is there, though its last words were that it stops", () => {
    view.putHost("a", sampleHost("a", { serving: "stopped" }));
    assert.equal(view.host("a")?.state, "stopped");
    view.putPresence("a", presence);
    assert.equal(view.host("a")?.state, "heard-from");
    view.removePresence("a");
    view.putHost("a", sampleHost("a"));
    assert.equal(view.host("a")?.state, "not-heard-from");
  });

  it("counts no change when it is told the same again", () => {
    lab.host("a");
    lab.lease("a", "1", { labels: { env: "prod" } });
    const { changes } = view;
    lab.host("a");
    lab.lease("a", "1", { labels: { env: "prod" } });
    view.setSource({ connected: true, detail: "" });
    view.setUnreadable("x", null);
    view.removeLease("a", "2");
    view.removeHost("b");
    view.removePresence("b");
    assert.equal(view.changes, changes);
    lab.lease("a", "1", { labels: { env: "test" } });
    assert.equal(view.changes, changes + 1);
  });

  it("lets go at the end of a snapshot what was not told in it, nor meanwhile", () => {
    lab.host("a");
    lab.host("b");
    for (const lease of ["1", "2", "3"]) lab.lease("a", lease);
    const snapshot = view.beginSnapshot(null);
    snapshot.putHost("a", sampleHost("a", { saidWallMs: lab.clock.wallMs() }));
    snapshot.putLease("a", "1", sampleLeaseRecord());
    lab.lease("a", "2");
    assert.equal(view.leaseCount, 3, "what was known stays until the end");
    snapshot.end();
    assert.deepEqual(names(view.leases()), ["a/1", "a/2"]);
    assert.equal(view.host("b"), undefined);
    assert.equal(view.host("a")?.state, "not-heard-from");
    lab.lease("a", "4");
    snapshot.end();
    assert.equal(view.leaseCount, 3, "it ends once");
  });

  it("lets a snapshot of one host touch no other, and an abandoned one nobody", () => {
    lab.lease("a", "1");
    lab.lease("b", "1");
    view.beginSnapshot("a").end();
    assert.deepEqual(names(view.leases()), ["b/1"]);
    const broken = view.beginSnapshot(null);
    broken.putLease("c", "1", sampleLeaseRecord());
    broken.abandon();
    broken.end();
    assert.deepEqual(names(view.leases()), ["b/1", "c/1"]);
  });

  it("says for how long a host has not been heard, never less than nothing", () => {
    view.putHost("a", sampleHost("a", { saidWallMs: lab.clock.wallMs() + 5_000 }));
    const host = view.host("a");
    assert.ok(host !== undefined);
    assert.equal(view.staleAgeMs(host), 0);
    lab.clock.advance(12_000);
    assert.equal(view.staleAgeMs(host), 7_000);
    view.putPresence("a", presence);
    assert.equal(view.staleAgeMs(host), null);
  });

  it("forgets what a probe found once the host is heard from", () => {
    view.putHost("a", sampleHost("a"));
    const probe = { outcome: "no-answer", triedWallMs: 1 } as const;
    view.setProbe("a", probe);
    assert.deepEqual(view.host("a")?.probe, probe);
    view.putPresence("a", presence);
    assert.equal(view.host("a")?.probe, null);
    view.setProbe("a", probe);
    assert.equal(view.host("a")?.probe, null, "it is heard from");
    view.removePresence("a");
    assert.equal(view.host("a")?.probe, null);
    view.setProbe("b", probe);
    assert.equal(view.host("b"), undefined);
  });

  it("finds leases by each port of a run, and at no port beside it", () => {
    lab.lease("a", "run", { port: 20_003, portCount: 14 });
    lab.lease("a", "all", { port: 1, portCount: 65_535 });
    lab.lease("b", "last", { port: 65_535 });
    assert.deepEqual(names(view.leasesAtPort(20_002)), ["a/all"]);
    assert.deepEqual(names(view.leasesAtPort(20_003)), ["a/all", "a/run"]);
    assert.deepEqual(names(view.leasesAtPort(20_016)), ["a/all", "a/run"]);
    assert.deepEqual(names(view.leasesAtPort(20_017)), ["a/all"]);
    assert.deepEqual(names(view.leasesAtPort(65_535)), ["a/all", "b/last"]);
    lab.lease("a", "run", { port: 30_000 });
    assert.deepEqual(names(view.leasesAtPort(20_010)), ["a/all"]);
    assert.deepEqual(names(view.leasesAtPort(30_000)), ["a/all", "a/run"]);
  });

  it("finds leases by service, and by the new one once it has changed", () => {
    lab.lease("b", "1");
    lab.lease("a", "2");
    lab.lease("a", "1");
    assert.deepEqual(names(view.leasesOfService("orders")), ["a/1", "a/2", "b/1"]);
    lab.lease("a", "2", { service: "billing" });
    assert.deepEqual(names(view.leasesOfService("orders")), ["a/1", "b/1"]);
    assert.deepEqual(names(view.leasesOfService("billing")), ["a/2"]);
  });

  it("goes on with a list where it was, though what it stopped at is gone and others came", () => {
    for (const host of ["a", "b", "c"]) for (const lease of ["1", "3", "5"]) lab.lease(host, lease);
    const seen: string[] = [];
    for (const { host, leaseId } of view.leases()) {
      seen.push(`${host.hostId}/${leaseId}`);
      if (leaseId !== "3") continue;
      view.removeLease(host.hostId, "1");
      view.removeLease(host.hostId, "3");
      lab.lease(host.hostId, "4");
      if (host.hostId === "a") view.removeHost("b");
    }
    assert.deepEqual(seen, ["a/1", "a/3", "a/4", "a/5", "c/1", "c/3", "c/4", "c/5"]);
    assert.deepEqual(names(view.leases({ hostId: "a", leaseId: "4" })).slice(0, 2), ["a/5", "c/4"]);
    assert.deepEqual(names(view.leases({ hostId: "b", leaseId: "x" })), ["c/4", "c/5"]);
    assert.deepEqual(
      Array.from(view.hosts("a"), ({ hostId }) => hostId),
      ["c"],
    );
  });

  it("has the largest free run of those that are heard from, not of one that was", () => {
    const pool = (largestFreeRun: number) => [
      samplePool({ usage: { ...samplePool().usage, largestFreeRun } }),
    ];
    lab.host("a", { pools: pool(70) });
    lab.host("b", { pools: pool(30) });
    assert.equal(view.totals().usage.largestFreeRun, 70);
    assert.equal(view.totals().usage.total, 200);
    view.removePresence("a");
    assert.equal(view.totals().usage.largestFreeRun, 30);
    assert.equal(view.totals().usage.total, 100);
  });

  it("keeps what many leases say alike once", () => {
    const copy = (): string => ["or", "ders"].join("");
    lab.lease("a", "1", { service: copy(), labels: { env: "prod" } });
    lab.lease("b", "1", { service: copy(), labels: { env: "prod" } });
    assert.ok(view.lease("a", "1")?.record.labels === view.lease("b", "1")?.record.labels);
  });
});

describe("The source of the view", () => {
  it("is not connected before it was heard, and says when it was heard last", () => {
    const clock = new FakeClock();
    const view = new FleetView(clock);
    assert.equal(view.source().connected, false);
    assert.equal(view.source().lastHeardWallMs, null);
    view.setSource({ connected: true, detail: "" });
    view.heard();
    clock.advance(5_000);
    assert.equal(view.source().lastHeardWallMs, clock.wallMs() - 5_000);
    assert.deepEqual(view.problems(), []);
  });
});
