// What a publisher keeps in etcd of its host and its leases, and with how few writes.

import assert from "node:assert/strict";
import { readLease } from "#fleet/records/lease-json.js";
import { readPresence } from "#fleet/records/presence-json.js";
import { keyOf, PublisherLab } from "./publisher-lab.js";

describe("a publisher", () => {
  it("tells that the broker is there, its host and its leases, in the first turn", async () => {
    const lab = new PublisherLab();
    lab.put(1);
    assert.deepEqual(lab.all().size, 0, "nothing before its turns begin");
    await lab.turn();
    const all = lab.all();
    assert.deepEqual(
      [...all.keys()],
      ["/portlease/hosts/web-1", "/portlease/leases/web-1/lease-1", "/portlease/presence/web-1"],
    );
    const presence = readPresence(Buffer.from(all.get("/portlease/presence/web-1") ?? ""));
    assert.ok("record" in presence);
    assert.equal(presence.record.brokerId, "b1");
    const lease = readLease(Buffer.from(all.get("/portlease/leases/web-1/lease-1") ?? ""));
    assert.ok("record" in lease);
    assert.deepEqual(
      [lease.record.service, lease.record.port, lease.record.draining],
      ["orders", 20_001, false],
    );
    const { stats } = lab.publisher;
    assert.deepEqual(
      [stats.connected, stats.pending, stats.puts, stats.deletes, stats.reconciles],
      [true, 0, 2, 0, 1],
    );
    assert.equal(lab.publisher.problem, null);
  });

  it("ties the presence alone to its etcd lease", async () => {
    const lab = new PublisherLab();
    lab.put(1);
    await lab.turn();
    lab.etcd.pass(16_000);
    assert.equal(lab.hasPresence(), false);
    assert.deepEqual(lab.leaseIds(), ["lease-1"]);
    assert.notEqual(lab.host(), null);
  });

  it("keeps its presence for as long as it has turns", async () => {
    const lab = new PublisherLab();
    for (let minute = 0; minute < 2; minute += 1) await lab.pass(60_000);
    assert.equal(lab.hasPresence(), true);
  });

  it("follows what changes", async () => {
    const lab = new PublisherLab();
    await lab.turn();
    lab.put(1);
    lab.put(2);
    await lab.pass(100);
    assert.deepEqual(lab.leaseIds(), ["lease-1", "lease-2"]);
    lab.end(1);
    lab.put(2, { binding: "stranger", covered: false });
    await lab.pass(100);
    assert.deepEqual(lab.leaseIds(), ["lease-2"]);
    const told = JSON.parse(lab.all().get("/portlease/leases/web-1/lease-2") ?? "") as object;
    assert.deepEqual(told, { ...told, binding: "stranger", unprotected: true });
  });

  it("begins by itself when something changes, without waiting for its next turn", async () => {
    const lab = new PublisherLab();
    await lab.turn();
    lab.etcd.pass(100);
    lab.put(1);
    // Two turns of the process: one until the callers have their answers, one until it is done.
    for (let turns = 0; turns < 2; turns += 1) await new Promise(setImmediate);
    await lab.publisher.idle();
    assert.deepEqual(lab.leaseIds(), ["lease-1"]);
  });

  it("writes a lease once, whatever happened to it meanwhile", async () => {
    const lab = new PublisherLab();
    await lab.turn();
    const from = lab.client.transactions.length;
    lab.put(1);
    for (let ttlMs = 1_000; ttlMs < 50_000; ttlMs += 1_000) lab.put(1, { ttlMs });
    lab.put(2);
    lab.end(2);
    await lab.pass(100);
    const writes = lab.leaseWrites(from);
    assert.deepEqual(
      writes.map((operations) => operations.map(keyOf)),
      [["/portlease/leases/web-1/lease-1", "/portlease/leases/web-1/lease-2"]],
    );
    assert.match(lab.all().get("/portlease/leases/web-1/lease-1") ?? "", /"ttlMs":49000/);
  });

  it("writes many leases by few transactions, each within what etcd takes", async () => {
    const lab = new PublisherLab();
    await lab.turn();
    const from = lab.client.transactions.length;
    for (let generation = 1; generation <= 1_000; generation += 1) lab.put(generation);
    await lab.pass(100);
    assert.equal(lab.leaseIds().length, 1_000);
    const sizes = lab.leaseWrites(from).map(({ length }) => length);
    assert.equal(sizes.length, 10);
    assert.ok(Math.max(...sizes) <= 128);
  });

  it("splits what is large by its size", async () => {
    const lab = new PublisherLab();
    const labels = Object.fromEntries(
      Array.from({ length: 32 }, (_, index) => [`key-${index}`, "\u0001".repeat(255)]),
    );
    await lab.turn();
    const holder = { service: "large", instance: "", labels, process: null };
    const from = lab.client.transactions.length;
    for (let generation = 1; generation <= 50; generation += 1) lab.put(generation, { holder });
    await lab.pass(500);
    assert.equal(lab.leaseIds().length, 50);
    for (const operations of lab.leaseWrites(from)) {
      const characters = operations.map((one) => ("put" in one ? one.value.length : 0));
      assert.ok(characters.reduce((sum, count) => sum + count, 0) < 1_000_000);
    }
  });

  it("tells leases anew whose block is drained, and not the others", async () => {
    const lab = new PublisherLab();
    lab.put(1);
    lab.put(2, { blockId: "other" });
    await lab.turn();
    const from = lab.client.transactions.length;
    lab.block = { ...lab.block, draining: true };
    lab.tell({ type: "block_changed", block: lab.block });
    await lab.pass(100);
    assert.deepEqual(lab.leaseWrites(from).flat().map(keyOf), ["/portlease/leases/web-1/lease-1"]);
    assert.match(lab.all().get("/portlease/leases/web-1/lease-1") ?? "", /"draining":true/);
  });

  it("compares everything when more changes than it keeps", async () => {
    const lab = new PublisherLab({ changesMax: 10 });
    await lab.turn();
    for (let generation = 1; generation <= 30; generation += 1) lab.put(generation);
    lab.end(1);
    assert.ok(lab.publisher.stats.pending <= 10);
    await lab.pass(100);
    assert.equal(lab.leaseIds().length, 29);
    assert.equal(lab.publisher.stats.reconciles, 2);
  });

  it("tells nothing while the store does not know what is on disk, and compares then", async () => {
    const lab = new PublisherLab();
    lab.put(1);
    await lab.turn();
    lab.publisher.doubtful();
    lab.leases.delete("lease-1");
    await lab.pass(3_000);
    assert.deepEqual(lab.leaseIds(), ["lease-1"]);
    lab.publisher.loaded();
    await lab.pass(100);
    assert.deepEqual(lab.leaseIds(), []);
  });
});

describe("comparing leases with what etcd has", () => {
  it("writes nothing where nothing differs", async () => {
    const lab = new PublisherLab();
    for (let generation = 1; generation <= 350; generation += 1) lab.put(generation);
    await lab.turn();
    assert.equal(lab.publisher.stats.lastReconcileDifferences, 350);
    const next = new PublisherLab({ etcd: lab.etcd, startedWallMs: Date.UTC(2026, 1, 1) });
    for (const [id, lease] of lab.leases) next.leases.set(id, lease);
    await next.turn();
    assert.equal(next.publisher.stats.lastReconcileDifferences, 0);
    assert.deepEqual(next.leaseWrites(), []);
    assert.equal(next.publisher.stats.connected, true);
  });

  it("writes what is other, missing or too many, and nothing else", async () => {
    const lab = new PublisherLab();
    for (let generation = 1; generation <= 350; generation += 1) lab.put(generation);
    await lab.turn();
    const next = new PublisherLab({ etcd: lab.etcd, startedWallMs: Date.UTC(2026, 1, 1) });
    for (const [id, lease] of lab.leases) next.leases.set(id, lease);
    next.leases.delete("lease-5");
    next.put(7, { ttlMs: 7_000 });
    next.put(900);
    await next.turn();
    const writes = next.leaseWrites().flat();
    assert.deepEqual(
      writes.map(keyOf).toSorted(),
      ["lease-5", "lease-7", "lease-900"].map((id) => `/portlease/leases/web-1/${id}`),
    );
    assert.equal(next.publisher.stats.lastReconcileDifferences, 3);
    assert.deepEqual(next.leaseIds().toSorted(), [...next.leases.keys()].toSorted());
  });

  it("takes away what is no lease of ours, and touches no other host", async () => {
    const lab = new PublisherLab();
    const put = (key: string) =>
      lab.etcd.store.transact({ when: [], success: [{ put: key, value: "\u0000garbage" }] });
    put("/portlease/leases/web-1/no lease/at all");
    put("/portlease/leases/web-10/lease-1");
    put("/portlease/leases/web-1");
    await lab.turn();
    assert.deepEqual(lab.leaseIds(), []);
    assert.ok(lab.all().has("/portlease/leases/web-10/lease-1"));
    assert.ok(lab.all().has("/portlease/leases/web-1"));
  });

  it("reads smaller pages where an answer is too large", async () => {
    const lab = new PublisherLab();
    for (let generation = 1; generation <= 50; generation += 1) lab.put(generation);
    await lab.turn();
    const next = new PublisherLab({ etcd: lab.etcd, startedWallMs: Date.UTC(2026, 1, 1) });
    const range = next.client.range.bind(next.client);
    next.client.range = (request) => {
      if ((request.limit ?? Infinity) > 16) next.client.failNext("refused");
      return range(request);
    };
    await next.turn();
    assert.deepEqual(next.leaseIds(), []);
    assert.equal(next.publisher.stats.failures, 0);
  });

  it("keeps what changes meanwhile for afterwards", async () => {
    const lab = new PublisherLab();
    for (let generation = 1; generation <= 350; generation += 1) lab.put(generation);
    const range = lab.client.range.bind(lab.client);
    lab.client.range = async (request) => {
      const page = await range(request);
      lab.end(350);
      lab.put(351);
      return page;
    };
    await lab.turn();
    await lab.pass(100);
    assert.deepEqual(lab.leaseIds().toSorted(), [...lab.leases.keys()].toSorted());
    assert.equal(lab.publisher.stats.reconciles, 1);
  });
});
