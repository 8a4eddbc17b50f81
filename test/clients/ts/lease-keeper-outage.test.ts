// Leases while the broker is away or does not answer, and after the process itself was paused.

import assert from "node:assert/strict";
import { statusToPortleaseError } from "#client/status-details.js";
import { rpcStatus } from "./support/fake-streams.js";
import { KeeperLab, testTtlMs } from "./support/keeper-lab.js";

const unavailable = statusToPortleaseError(rpcStatus(14, "BROKER_UNREACHABLE"));

describe("LeaseKeeper, without the broker", () => {
  it("tries again with longer and longer waits, at most a tenth of the TTL", () => {
    const lab = new KeeperLab();
    lab.settled("a");
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      lab.stream.close(unavailable);
      const { length } = lab.streams.opened;
      const fromMs = lab.time.monotonicMs();
      while (lab.streams.opened.length === length) lab.time.advance(25);
      waits.push(lab.time.monotonicMs() - fromMs);
    }
    assert.deepEqual(waits, [50, 100, 200, 400, 800, 1_500, 1_500, 1_500]);
  });

  it("does not hurry back to a broker that only says goodbye", () => {
    const lab = new KeeperLab();
    lab.settled("a");
    for (let round = 0; round < 4; round += 1) {
      lab.stream.say({ $case: "goingAway", value: { message: "stopping" } });
      lab.stream.close();
      while (lab.stream.state === "closed") lab.time.advance(25);
    }
    assert.equal(lab.time.monotonicMs() - 5_020, 50 + 100 + 200 + 400);
  });

  it("does not let a lease that the broker grants now wait for a try that was meant for longer ones", () => {
    const lab = new KeeperLab();
    lab.settled("long", 600_000);
    for (let round = 0; round < 8; round += 1) {
      lab.stream.close(unavailable);
      if (round < 7) while (lab.stream.state === "closed") lab.time.advance(50);
    }
    const { length } = lab.streams.opened;
    lab.time.advance(100);
    assert.equal(lab.streams.opened.length, length);
    const { told } = lab.keep("short", 2_000);
    assert.equal(lab.streams.opened.length, length + 1);
    lab.time.advance(20);
    lab.stream.answer(2_000);
    assert.deepEqual(told, ["renewed"]);
    // The try that was waited for does not come beside it.
    lab.time.advance(400);
    assert.equal(lab.streams.opened.length, length + 1);
  });

  it("leads a lease through jeopardy to lost, before its deadline", () => {
    const lab = new KeeperLab();
    const { kept, told } = lab.settled("a");
    const { deadlineMs } = kept.track;
    lab.stream.close(unavailable);
    const seen: [string, number][] = [];
    while (lab.time.monotonicMs() < deadlineMs + 5_000) {
      lab.time.advance(10);
      if (lab.streams.opened.length > 0 && lab.stream.state === "open")
        lab.stream.close(unavailable);
      for (const what of told.splice(0)) seen.push([what, deadlineMs - lab.time.monotonicMs()]);
    }
    assert.deepEqual(
      seen.map(([what]) => what),
      ["jeopardy", "lost DEADLINE_PASSED"],
    );
    assert.ok(Math.abs((seen[0]?.[1] ?? 0) - testTtlMs / 3) <= 10);
    assert.ok(Math.abs((seen[1]?.[1] ?? 0) - 320) <= 10, "1 % and 20 ms before the deadline");
  });

  it("brings a lease back to safe when the broker is back in time", () => {
    const lab = new KeeperLab();
    const { told } = lab.settled("a");
    lab.stream.close(unavailable);
    lab.time.advance(25_000);
    assert.deepEqual(told, ["jeopardy"]);
    while (lab.stream.state !== "open") lab.time.advance(50);
    lab.stream.answer(testTtlMs);
    assert.deepEqual(told, ["jeopardy", "safe", "renewed"]);
  });

  it("gives up a stream that does not answer within a sixth of the TTL", () => {
    const lab = new KeeperLab();
    const { told } = lab.keep("a");
    lab.time.advance(4_999);
    assert.equal(lab.stream.state, "open");
    lab.time.advance(1);
    assert.equal(lab.streams.opened[0]?.state, "cancelled");
    lab.time.advance(50);
    lab.stream.answer(testTtlMs);
    assert.deepEqual(told, ["renewed"]);
  });

  it("hears nothing more from a stream that it gave up", () => {
    const lab = new KeeperLab();
    const { told } = lab.keep("a");
    lab.time.advance(5_050);
    const [old] = lab.streams.opened;
    old?.answer(testTtlMs);
    old?.say({ $case: "goingAway", value: { message: "" } });
    old?.close(unavailable);
    assert.equal(lab.stream.state, "open");
    assert.deepEqual(told, []);
    assert.equal(lab.streams.opened.length, 2);
  });
});

describe("LeaseKeeper, after a pause of the process", () => {
  it("puts leases into jeopardy, renews at once, and lets the answer decide", () => {
    const lab = new KeeperLab();
    const a = lab.settled("a");
    const b = lab.settled("b");
    const before = lab.batches.length;
    lab.time.pause(10 * testTtlMs);
    assert.deepEqual(a.told, ["jeopardy"]);
    assert.deepEqual(lab.batches.slice(before), [["a", "b"]], "once");
    lab.stream.answer(testTtlMs, { b: { ttl: undefined, error: rpcStatus(5, "LEASE_NOT_FOUND") } });
    assert.deepEqual(a.told, ["jeopardy", "safe", "renewed"]);
    assert.deepEqual(b.told, ["jeopardy", "lost LEASE_NOT_FOUND"]);
  });

  it("does the same after a sleep of the machine that the monotonic clock did not count", () => {
    const lab = new KeeperLab();
    const { told } = lab.settled("a");
    lab.time.sleep(8 * 3_600_000);
    lab.time.advance(1_000);
    assert.deepEqual(told, ["jeopardy"]);
    lab.stream.answer(testTtlMs);
    assert.deepEqual(told, ["jeopardy", "safe", "renewed"]);
  });

  it("notices the pause also when something else than its timer runs first", () => {
    const lab = new KeeperLab();
    const { kept, told } = lab.settled("a");
    lab.time.pass(10 * testTtlMs);
    assert.equal(lab.keeper.stateOf(kept), "jeopardy");
    assert.deepEqual(told, ["jeopardy"]);
  });

  it("does not blame the broker for an answer that came during the pause", () => {
    const lab = new KeeperLab();
    lab.keep("a");
    lab.time.pause(60_000);
    assert.equal(lab.stream.state, "open");
    lab.time.advance(testTtlMs / 6 - 100);
    assert.equal(lab.stream.state, "open");
    lab.time.advance(100);
    assert.equal(lab.streams.opened[0]?.state, "cancelled");
  });

  it("loses the lease when nobody answers for a third of the TTL after it", () => {
    const lab = new KeeperLab();
    const { told } = lab.settled("a");
    lab.time.pause(10 * testTtlMs);
    lab.time.advance(testTtlMs / 3);
    assert.deepEqual(told, ["jeopardy", "lost UNCONFIRMED"]);
  });

  it("takes the time without leases for no pause", () => {
    const lab = new KeeperLab();
    lab.keeper.drop(lab.settled("a").kept);
    lab.stream.close();
    lab.time.advance(10 * testTtlMs);
    const { told } = lab.settled("b");
    lab.time.advance(1_000);
    assert.deepEqual(told, []);
  });
});

describe("LeaseKeeper, and secrets", () => {
  it("logs no holder key", () => {
    const lab = new KeeperLab();
    lab.keep("a");
    lab.stream.answer(testTtlMs, { a: { ttl: undefined, error: rpcStatus(14, "X") } });
    lab.stream.close(unavailable);
    lab.time.pause(60_000);
    assert.ok(lab.logged.length > 2);
    assert.doesNotMatch(lab.logged.join("\n"), /key of/);
  });
});
