// A source over etcd that is made to read everything anew again and again, on a clock that moves when told to.

import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { EtcdError, type Operation, type WatchListener } from "#etcd/etcd.js";
import { FleetKeys } from "#fleet/records/fleet-keys.js";
import { writeHost } from "#fleet/records/host-json.js";
import { writeLease } from "#fleet/records/lease-json.js";
import { EtcdSource } from "#fleet/sources/etcd/etcd-source.js";
import { readAnewEveryMs } from "#fleet/sources/etcd/reading-anew.js";
import type { Pacing } from "#fleet/sources/pacing.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import { FakeEtcd } from "../../../support/fake-etcd.js";
import { silentLog } from "../../../support/silent-log.js";
import { aHost, aLease } from "./etcd-fleet.js";

const keys = new FleetKeys("/portlease/");
const stepMs = 100;
/** Far more than a step of the source takes. */
const turnsPerStep = 10;
const putHost: Operation = { put: keys.host("a"), value: writeHost(aHost) };
const deleteHost: Operation = { delete: keys.host("a") };
const putLease = (id: string): Operation => ({
  put: keys.lease("a", id),
  value: writeLease(aLease),
});

describe("a source that is made to read everything anew", () => {
  let etcd: FakeEtcd;
  let view: FleetView;
  let source: EtcdSource;
  let listener: WatchListener | null;
  let sleepers: Set<{ readonly dueMs: number; readonly wake: () => void }>;

  beforeEach(async () => {
    etcd = new FakeEtcd();
    view = new FleetView(etcd.clock);
    sleepers = new Set();
    write(putHost, putLease("l1"));
    const client = etcd.client();
    const watch = client.watch.bind(client);
    client.watch = (request, told) => {
      listener = told;
      return watch(request, told);
    };
    source = new EtcdSource({
      etcd: client,
      prefix: keys.prefix,
      addresses: ["etcd"],
      sink: view,
      log: silentLog,
      retentionMs: null,
      pacing: { clock: etcd.clock, random: () => 0.5, pause },
    });
    source.start();
    await pass(stepMs);
    assert.equal(source.stats.snapshots, 1);
  });

  afterEach(() => source.close());

  const pause: Pacing["pause"] = (durationMs, signal) =>
    new Promise((resolve) => {
      const sleeper = { dueMs: etcd.clock.monotonicMs() + durationMs, wake };
      function wake(): void {
        sleepers.delete(sleeper);
        signal.removeEventListener("abort", wake);
        resolve();
      }
      sleepers.add(sleeper);
      signal.addEventListener("abort", wake, { once: true });
      if (signal.aborted) wake();
    });

  function write(...success: readonly Operation[]): void {
    etcd.store.transact({ when: [], success });
  }

  async function pass(milliseconds: number): Promise<void> {
    for (let passedMs = 0; passedMs < milliseconds; passedMs += stepMs) {
      etcd.pass(stepMs);
      for (const { dueMs, wake } of sleepers) if (dueMs <= etcd.clock.monotonicMs()) wake();
      for (let turns = 0; turns < turnsPerStep; turns += 1) await nextTurn();
    }
  }

  it("does so at once, the first time", async () => {
    write(deleteHost);
    await pass(1_000);
    assert.equal(source.stats.snapshots, 2);
    assert.equal(view.host("a")?.record, null);
  });

  it("does so each ten seconds at most, and shows meanwhile what else changes", async () => {
    const forMs = 3 * readAnewEveryMs;
    const shown: string[] = [];
    for (let passedMs = 0; passedMs < forMs; passedMs += 500) {
      write(deleteHost, putLease(`at-${passedMs}`));
      write(putHost);
      await pass(500);
      if (view.lease("a", `at-${passedMs}`) !== undefined) shown.push(String(passedMs));
    }
    assert.equal(shown.length, forMs / 500, "each within half a second");
    const { snapshots } = source.stats;
    assert.ok(snapshots >= 3 && snapshots <= 1 + 3, `${snapshots} readings`);
    assert.equal(view.source().connected, true);
    write(deleteHost);
    await pass(readAnewEveryMs + 1_000);
    assert.equal(view.host("a")?.record, null, "what it waited for is not forgotten");
    await pass(2 * readAnewEveryMs);
    assert.ok(source.stats.snapshots <= snapshots + 1, "and no more than once");
  });

  it("still does so when its watch ended before it was time", async () => {
    for (const operation of [deleteHost, putHost]) {
      write(operation);
      await pass(1_000);
    }
    write(deleteHost);
    await pass(stepMs);
    assert.equal(source.stats.snapshots, 2);
    listener?.ended("failed", new EtcdError("denied", "no"));
    await pass(1_000);
    assert.notEqual(view.host("a")?.record, null);
    await pass(readAnewEveryMs);
    assert.equal(source.stats.snapshots, 3);
    assert.equal(view.host("a")?.record, null);
  });

  it("leaves no pause behind when it is closed while it waits", async () => {
    write(deleteHost);
    await pass(1_000);
    write(putHost);
    write(deleteHost);
    await pass(stepMs);
    assert.equal(sleepers.size, 1);
    await source.close();
    assert.equal(sleepers.size, 0);
  });
});
