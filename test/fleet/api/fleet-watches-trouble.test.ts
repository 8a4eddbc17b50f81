// WatchFleet with many readers, slow ones, too many of them, and when everything changes at once.

import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { messageLimits } from "#fleet/api/message-parts.js";
import { liveWatchersMax, unreadMsMax } from "#server/grpc/live-readers.js";
import { FakeClock } from "../../support/fake-clock.js";
import { sampleHost, sampleLeaseRecord } from "../../support/fleet-samples.js";
import { knowsEverything, LiveFleet } from "./live-fleet.js";

describe("WatchFleet in trouble", () => {
  let fleet: LiveFleet;

  beforeEach(() => {
    fleet = new LiveFleet(new FakeClock());
    fleet.view.putHost("a", sampleHost("a"));
    fleet.view.putPresence("a", { brokerId: "a", startedWallMs: 0 });
  });

  const change = (count: number, port = 20_000): void => {
    for (let lease = 0; lease < count; lease += 1) {
      fleet.view.putLease("a", `lease-${lease}`, sampleLeaseRecord({ port }));
    }
  };

  it("makes one message for all who have come as far and ask for the same", async () => {
    change(2_500);
    const [first, second, other] = [
      fleet.watch(),
      fleet.watch(),
      fleet.watch({ leaseFilter: "x" }),
    ];
    await fleet.settle();
    assert.equal(first.written.length, 3);
    change(10, 20_001);
    await fleet.pass(1_000);
    assert.equal(first.written.length, 4);
    for (const [index, bytes] of first.written.entries()) {
      assert.ok(second.written[index] === bytes, `message ${index} was made once`);
    }
    assert.equal(other.leases.size, 0);
  });

  it("sends the rest of what is told in parts when all who share it have read, or after the interval", async () => {
    change(4_000);
    const [quick, late] = [fleet.watch(), fleet.watch()];
    late.pause();
    await fleet.settle();
    assert.deepEqual([quick.written.length, late.written.length], [1, 1]);
    late.read();
    await fleet.settle();
    assert.deepEqual([quick.written.length, late.written.length], [2, 2]);
    assert.ok(quick.written[1] === late.written[1], "made once");
    await fleet.pass(2_000);
    assert.equal(late.written.length, 2);
    assert.ok(quick.complete, "it has gone on alone");
    late.resume();
    await fleet.settle();
    knowsEverything(fleet, late, {});
  });

  it("lets nobody wait for a slow reader, which catches up and shares with the others again", async () => {
    change(10);
    const [quick, slow] = [fleet.watch(), fleet.watch()];
    await fleet.settle();
    slow.pause();
    change(10, 20_001);
    await fleet.pass(1_000);
    for (let second = 2; second < 6; second += 1) {
      change(10, 20_000 + second);
      await fleet.pass(1_000);
      knowsEverything(fleet, quick, {});
    }
    const missed = quick.messages.length - slow.messages.length;
    assert.equal(missed, 4);
    slow.resume();
    await fleet.pass(1_000);
    knowsEverything(fleet, slow, {});
    assert.equal(slow.messages.length, quick.messages.length - missed, "all in one");
    change(10, 20_010);
    await fleet.pass(1_000);
    assert.ok(slow.written.at(-1) === quick.written.at(-1), "made once");
  });

  it("does not tell a slow reader that something is gone of which only the others were told", async () => {
    const [slow, quick] = [fleet.watch(), fleet.watch()];
    await fleet.settle();
    slow.pause();
    await fleet.pass(1_000);
    change(1);
    await fleet.pass(1_000);
    assert.equal(quick.leases.size, 1);
    fleet.view.removeLease("a", "lease-0");
    slow.resume();
    await fleet.pass(1_000);
    assert.deepEqual(slow.messages.at(-1)?.removedLeases, []);
    assert.deepEqual(fleet.failures, []);
  });

  it("goes on with those who share a message though the first one that is sent it leaves", async () => {
    const [leaving, staying] = [fleet.watch(), fleet.watch()];
    await fleet.settle();
    leaving.once("message", () => leaving.cancel());
    await fleet.pass(1_000);
    assert.equal(fleet.watches.size, 1);
    change(5);
    await fleet.pass(1_000);
    knowsEverything(fleet, staying, {});
  });

  it("keeps of what a slow reader misses no more than there is", async () => {
    const slow = fleet.watch();
    await fleet.settle();
    slow.pause();
    await fleet.pass(1_000);
    for (let round = 0; round < 50; round += 1) change(100, 20_000 + round);
    slow.resume();
    await fleet.pass(1_000);
    assert.equal(slow.messages.at(-1)?.leases.length, 100);
  });

  it("tells a storm of changes in messages of bounded size, with turns for others in between", async () => {
    const reader = fleet.watch();
    await fleet.settle();
    const changes = 10_000;
    change(changes);
    const before = reader.messages.length;
    fleet.clock.advance(1_000);
    fleet.watches.advance();
    let turns = 0;
    while (reader.leases.size < changes) {
      await nextTurn();
      turns += 1;
    }
    const sent = reader.messages.slice(before);
    assert.ok(sent.every(({ leases }) => leases.length <= messageLimits.items));
    assert.ok(turns >= sent.length, `${turns} turns for ${sent.length} messages`);
    assert.equal(reader.messages.length - before, changes / messageLimits.items + 1);
  });

  it("ends a round though everything changes all the time", async () => {
    change(3_000);
    const reader = fleet.watch();
    await fleet.settle();
    change(3_000, 20_001);
    fleet.clock.advance(1_000);
    fleet.watches.advance();
    const before = reader.messages.length;
    for (let turn = 0; turn < 40; turn += 1) {
      await nextTurn();
      change(3_000, 20_100 + turn);
    }
    assert.ok(reader.messages.length - before <= 4, "the rest is for the next round");
    await fleet.pass(1_000);
    knowsEverything(fleet, reader, {});
  });

  it("ends a reader that has not read for long, and keeps nothing for it", async () => {
    const [slow, quick] = [fleet.watch(), fleet.watch()];
    slow.pause();
    await fleet.settle();
    await fleet.pass(unreadMsMax + 1_000);
    assert.match(slow.errors[0]?.details ?? "", /has not read its last message for 90 s/);
    assert.equal(fleet.watches.size, 1);
    await fleet.pass(1_000);
    knowsEverything(fleet, quick, {});
    quick.cancel();
    assert.ok(fleet.view.hostChanges.idle);
    assert.ok(fleet.view.leaseChanges.idle);
  });

  it("refuses more readers than it serves at once, and all when it stops", () => {
    const readers = Array.from({ length: liveWatchersMax }, () => fleet.watch());
    assert.match(
      fleet.watch().errors[0]?.details ?? "",
      /256 watches are open, which is as many as this fleet server serves/,
    );
    readers[0]?.cancel();
    const next = fleet.watch();
    assert.equal(next.errors.length, 0);
    fleet.watches.stop();
    assert.match(next.errors[0]?.details ?? "", /the fleet server is stopping/);
    assert.match(fleet.watch().errors[0]?.details ?? "", /the fleet server is stopping/);
    assert.equal(fleet.watches.size, 0);
    assert.ok(fleet.view.hostChanges.idle);
  });

  for (const everyMs of [99, 60_001]) {
    it(`refuses an interval of ${everyMs} ms`, () => {
      assert.match(fleet.watch({ everyMs }).errors[0]?.details ?? "", /interval/);
      assert.equal(fleet.watches.size, 0);
    });
  }
});
