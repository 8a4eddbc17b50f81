// Whose a host's id is when several brokers want it.

import assert from "node:assert/strict";
import { PublisherLab } from "./publisher-lab.js";

const later = Date.UTC(2026, 5, 1);

describe("two brokers with one host id", () => {
  it("do not mix: the second one tells nothing and says so", async () => {
    const first = new PublisherLab();
    first.put(1);
    await first.turn();
    const second = new PublisherLab({ etcd: first.etcd, brokerId: "b2", startedWallMs: later });
    second.put(2);
    await second.turn();
    assert.deepEqual(first.leaseIds(), ["lease-1"]);
    const { problem, stats } = second.publisher;
    assert.deepEqual(
      [problem?.severity, problem?.parts.reason],
      ["warning", "FLEET_HOST_ID_TAKEN"],
    );
    assert.match(problem?.parts.message ?? "", /another host called "web-1" already, of broker b1/);
    assert.deepEqual([stats.hostIdTaken, stats.connected, stats.puts], [true, false, 0]);
  });

  it("are told apart for as long as both live, and the second one follows when the first is gone", async () => {
    const first = new PublisherLab();
    first.put(1);
    await first.turn();
    const second = new PublisherLab({ etcd: first.etcd, brokerId: "b2", startedWallMs: later });
    second.put(2);
    for (let second_ = 0; second_ < 60; second_ += 1) {
      await second.pass(1_000);
      await first.turn();
    }
    assert.deepEqual(first.leaseIds(), ["lease-1"]);
    // The first one is killed.
    await second.until("it has the id", () => second.publisher.stats.connected);
    assert.deepEqual(second.leaseIds(), ["lease-2"]);
    assert.equal(second.publisher.problem, null);
    // It comes back after a pause, and finds its id taken.
    await first.pass(1_000);
    assert.equal(first.publisher.stats.hostIdTaken, true);
    assert.deepEqual(first.leaseIds(), ["lease-2"]);
  });

  it("are one when the first was an earlier life of the second", async () => {
    const before = new PublisherLab();
    before.put(1);
    before.put(2);
    await before.turn();
    const after = new PublisherLab({ etcd: before.etcd, startedWallMs: later });
    after.put(2);
    await after.turn();
    assert.equal(after.publisher.stats.connected, true);
    assert.deepEqual(after.leaseIds(), ["lease-2"]);
    // The etcd lease of the earlier life runs out, and takes nothing with it.
    await after.pass(20_000);
    assert.equal(after.hasPresence(), true);
  });

  it("do not take it from each other by turns when one has a copy of the other's data", async () => {
    const copy = new PublisherLab({ startedWallMs: later });
    await copy.turn();
    const original = new PublisherLab({ etcd: copy.etcd });
    await original.turn();
    assert.match(original.publisher.problem?.parts.message ?? "", /a broker on a copy of its data/);
    assert.equal(original.publisher.stats.hostIdTaken, true);
  });

  for (const [what, value, withLease, taken] of [
    ["garbage that an etcd lease keeps alive", "garbage", true, true],
    ["garbage that nothing keeps alive", "garbage", false, false],
  ] as const) {
    it(`${taken ? "leave" : "replace"} ${what}`, async () => {
      const lab = new PublisherLab();
      const { leaseId } = lab.etcd.store.grantLease(3_600);
      const put = { put: lab.keys.presence("web-1"), value };
      lab.etcd.store.transact({ when: [], success: [withLease ? { ...put, leaseId } : put] });
      await lab.turn();
      assert.equal(lab.publisher.stats.hostIdTaken, taken);
      assert.equal(lab.publisher.stats.connected, !taken);
    });
  }

  it("start at the same moment, and one of them has it", async () => {
    const first = new PublisherLab();
    const second = new PublisherLab({ etcd: first.etcd, brokerId: "b2" });
    await Promise.all([first.turn(), second.turn()]);
    const has = (lab: PublisherLab) => lab.publisher.stats.connected;
    const [loser, ...others] = [first, second].filter((lab) => !has(lab));
    assert.deepEqual(others, []);
    assert.equal(loser?.publisher.stats.hostIdTaken, true);
  });
});
