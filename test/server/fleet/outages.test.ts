// A publisher whose etcd goes away, fails, forgets, or answers too late; and one that stops.

import assert from "node:assert/strict";
import { farewellMsMax, reconnectSpreadMs } from "#server/fleet/fleet-publisher.js";
import { PublisherLab } from "./publisher-lab.js";

describe("a publisher without etcd", () => {
  it("keeps nothing, says so, and tells everything when etcd is there", async () => {
    const lab = new PublisherLab();
    lab.etcd.stop();
    await lab.turn();
    for (let generation = 1; generation <= 20; generation += 1) lab.put(generation);
    lab.end(1);
    assert.equal(lab.publisher.stats.pending, 0);
    await lab.pass(1_000);
    assert.equal(lab.publisher.stats.connected, false);
    const early = lab.publisher.problem;
    assert.deepEqual([early?.severity, early?.parts.reason], ["info", "FLEET_UNREACHABLE"]);
    await lab.pass(60_000);
    assert.equal(lab.publisher.problem?.severity, "warning");
    lab.etcd.start();
    await lab.until("connected", () => lab.publisher.stats.connected);
    assert.equal(lab.leaseIds().length, 19);
    assert.equal(lab.publisher.problem, null);
  });

  it("asks less often the longer it lasts, and at least every few seconds", async () => {
    const lab = new PublisherLab();
    lab.etcd.stop();
    await lab.pass(60_000);
    const { failures } = lab.publisher.stats;
    assert.ok(failures >= 10 && failures <= 30, String(failures));
  });

  for (const [what, begin, end] of [
    ["goes away", (lab) => lab.etcd.stop(), (lab) => lab.etcd.start()],
    [
      "does what it is asked for and does not answer",
      (lab) => lab.client.loseAnswers(true),
      (lab) => lab.client.loseAnswers(false),
    ],
  ] as readonly (readonly [string, (lab: PublisherLab) => void, (lab: PublisherLab) => void])[]) {
    it(`is right again after etcd ${what} for a minute`, async () => {
      const lab = new PublisherLab();
      for (let generation = 1; generation <= 300; generation += 1) lab.put(generation);
      await lab.turn();
      begin(lab);
      for (let generation = 100; generation < 400; generation += 1) {
        if (generation <= 300) lab.end(generation);
        else lab.put(generation);
        await lab.pass(200);
      }
      end(lab);
      await lab.until("connected", () => lab.publisher.stats.connected);
      assert.deepEqual(lab.leaseIds().toSorted(), [...lab.leases.keys()].toSorted());
      assert.equal(lab.hasPresence(), true);
      assert.equal(lab.publisher.stats.hostIdTaken, false);
    });
  }

  it("waits a random time before it compares, since all hosts come back at once", async () => {
    const lab = new PublisherLab();
    lab.put(1);
    await lab.turn();
    lab.etcd.stop();
    await lab.pass(10_000);
    lab.etcd.start();
    const before = lab.host()?.said;
    await lab.until("the host is told", () => lab.host()?.said !== before);
    const { reconciles } = lab.publisher.stats;
    await lab.pass(reconnectSpreadMs / 2 - 100);
    assert.equal(lab.publisher.stats.reconciles, reconciles);
    await lab.pass(200);
    assert.equal(lab.publisher.stats.reconciles, reconciles + 1);
  });

  it("tells every kind of failure, and goes on after it", async () => {
    for (const code of ["denied", "no-space", "refused", "timeout"] as const) {
      const lab = new PublisherLab();
      await lab.turn();
      lab.put(1);
      lab.client.failNext(code);
      await lab.pass(100);
      assert.equal(lab.publisher.problem?.parts.reason, "FLEET_UNREACHABLE");
      await lab.until("connected", () => lab.publisher.stats.connected);
      assert.deepEqual(lab.leaseIds(), ["lease-1"]);
    }
  });

  it("says of an etcd without space that it is full, and how it gets room", async () => {
    const lab = new PublisherLab();
    await lab.turn();
    lab.put(1);
    lab.client.failNext("no-space");
    await lab.pass(100);
    const { message, remedy } = lab.publisher.problem?.parts ?? {};
    assert.match(message ?? "", /^etcd's database is full/);
    assert.match(remedy ?? "", /compact, defrag and alarm disarm.*--auto-compaction-retention/);
    await lab.until("connected", () => lab.publisher.stats.connected);
    lab.put(2);
    lab.client.failNext("denied");
    await lab.pass(100);
    assert.doesNotMatch(lab.publisher.problem?.parts.message ?? "", /full/);
  });

  it("does not call it over while a single kind of write fails", async () => {
    const lab = new PublisherLab();
    const transact = lab.client.transact.bind(lab.client);
    lab.client.transact = (transaction) => {
      const [first] = transaction.then;
      const isLease = first !== undefined && "put" in first && first.put.includes("/leases/");
      if (isLease) lab.client.failNext("no-space");
      return transact(transaction);
    };
    lab.put(1);
    await lab.pass(90_000);
    assert.equal(lab.publisher.problem?.severity, "warning");
    assert.equal(lab.publisher.stats.connected, false);
  });
});

describe("a presence that is lost", () => {
  it("is told anew after the broker was paused for longer than it lasts", async () => {
    const lab = new PublisherLab();
    lab.put(1);
    await lab.turn();
    lab.etcd.pass(60_000);
    assert.equal(lab.hasPresence(), false);
    lab.put(2);
    await lab.pass(100);
    assert.equal(lab.hasPresence(), true);
    assert.deepEqual(lab.leaseIds(), ["lease-1", "lease-2"]);
  });

  it("lets nothing be written before it is there again", async () => {
    const lab = new PublisherLab();
    await lab.turn();
    lab.etcd.store.transact({ when: [], then: [{ delete: lab.keys.presence("web-1") }] });
    lab.put(1);
    await lab.pass(100);
    assert.equal(lab.hasPresence(), true);
    assert.deepEqual(lab.leaseIds(), ["lease-1"]);
    assert.equal(lab.publisher.stats.reconciles, 2);
  });
});

describe("a publisher whose etcd is restored from a backup while nobody asks it", () => {
  it("tells everything anew, though its presence is in the backup as well", async () => {
    const lab = new PublisherLab();
    lab.put(1);
    await lab.until("connected", () => lab.publisher.stats.connected);
    const { revision } = lab.etcd.store;
    lab.end(1);
    for (let generation = 2; generation <= 9; generation += 1) {
      lab.put(generation);
      await lab.pass(1_000);
    }
    assert.equal(lab.leaseIds().length, 8);
    lab.etcd.store.restore(revision);
    assert.deepEqual(lab.leaseIds(), ["lease-1"]);
    assert.equal(lab.hasPresence(), true);
    await lab.pass(60_000);
    assert.deepEqual(lab.leaseIds(), [...lab.leases.keys()]);
    assert.equal(lab.publisher.stats.connected, true);
  });
});

describe("a publisher that stops", () => {
  it("tells what is left and that it stops, and takes its presence away", async () => {
    const lab = new PublisherLab();
    lab.put(1);
    await lab.turn();
    lab.put(2);
    await lab.publisher.stop();
    assert.deepEqual(lab.leaseIds(), ["lease-1", "lease-2"]);
    assert.equal(lab.host()?.serving, "stopped");
    assert.equal(lab.hasPresence(), false);
    lab.put(3);
    await lab.turn();
    assert.deepEqual(lab.leaseIds(), ["lease-1", "lease-2"]);
  });

  it("waits for an etcd that hangs, but not for long", async () => {
    const waits: number[] = [];
    const lab = new PublisherLab({
      pause: (durationMs) => {
        waits.push(durationMs);
        return Promise.resolve();
      },
    });
    await lab.turn();
    lab.client.transact = () => new Promise(() => undefined);
    await lab.publisher.stop();
    assert.deepEqual(waits, [farewellMsMax]);
  });

  it("does not wait for an etcd that is away", async () => {
    const lab = new PublisherLab();
    await lab.turn();
    lab.etcd.stop();
    await lab.pass(2_000);
    await lab.publisher.stop();
    assert.equal(lab.host()?.serving, "serving");
  });

  it("can be stopped before its first turn, and twice", async () => {
    const lab = new PublisherLab();
    await lab.publisher.stop();
    await lab.publisher.stop();
    assert.equal(lab.all().size, 0);
  });
});
