// Renewals over one session: when they are sent, how they are gathered, and what answers and silence do to leases.

import assert from "node:assert/strict";
import { LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import { LeaseNotice_Type } from "@portlease/proto/portlease/v1/lease_service.js";
import { rpcStatus } from "./support/fake-streams.js";
import { KeeperLab, testTtlMs } from "./support/keeper-lab.js";

function notice(leaseId: string, type: LeaseNotice_Type, endReason: LeaseEndReason = 0) {
  const value = { leaseId, type, endReason, reservations: [], message: "says the broker" };
  return { $case: "leaseNotice", value } as const;
}

describe("LeaseKeeper, sending renewals", () => {
  it("opens no stream before the first lease and closes it after the last", () => {
    const lab = new KeeperLab();
    assert.equal(lab.streams.opened.length, 0);
    const a = lab.keep("a");
    const b = lab.keep("b");
    assert.equal(lab.streams.opened.length, 1);
    lab.keeper.drop(a.kept);
    assert.equal(lab.stream.state, "open");
    lab.keeper.drop(b.kept);
    assert.equal(lab.stream.state, "ended");
    lab.stream.close();
    assert.equal(lab.time.waitingCount, 0, "nothing keeps the process running");
  });

  it("gives up a stream that does not close, so that the process can end", () => {
    const lab = new KeeperLab();
    lab.keeper.drop(lab.keep("a").kept);
    lab.time.advance(1_000);
    assert.equal(lab.stream.state, "cancelled");
    assert.equal(lab.time.waitingCount, 0);
  });

  it("renews a new lease at once, because only that subscribes to news of it", () => {
    const lab = new KeeperLab();
    lab.keep("a");
    assert.deepEqual(lab.batches, [["a"]]);
    assert.equal(lab.stream.batches[0]?.[0]?.holderKey, "key of a");
  });

  it("gathers leases that are granted together", () => {
    const lab = new KeeperLab();
    for (const id of ["a", "b", "c"]) lab.keep(id);
    lab.time.advance(20);
    assert.deepEqual(lab.batches, [["a"], ["b", "c"]]);
  });

  it("renews after a third of the TTL, together with what is due soon after", () => {
    const lab = new KeeperLab();
    lab.settled("a");
    lab.time.advance(800);
    lab.settled("b");
    const before = lab.batches.length;
    lab.time.advance(testTtlMs / 3 - 841);
    assert.equal(lab.batches.length, before, "not yet");
    lab.time.advance(1);
    assert.deepEqual(lab.batches.at(-1), ["a", "b"]);
  });

  it("puts at most 1,000 leases into a message", () => {
    const lab = new KeeperLab();
    for (let index = 0; index < 2_500; index += 1) lab.keep(`lease-${index}`);
    lab.time.advance(20);
    const [first, ...rest] = lab.batches.map(({ length }) => length);
    assert.equal(first, 1, "the first lease opened the stream");
    assert.deepEqual(rest, [1_000, 1_000, 499]);
  });

  it("sends no second renewal while one is under way", () => {
    const lab = new KeeperLab();
    lab.keep("a");
    lab.time.advance(4_900);
    assert.equal(lab.batches.length, 1);
  });

  it("numbers its requests from 1 on, rising across streams", () => {
    const lab = new KeeperLab();
    lab.settled("a");
    lab.stream.close();
    lab.time.advance(200);
    const numbers = lab.streams.opened.flatMap(({ sent }) => sent.map((one) => one.requestNumber));
    assert.deepEqual(numbers, [1n, 2n]);
  });
});

describe("LeaseKeeper, hearing answers", () => {
  it("tells each lease of its renewal", () => {
    const lab = new KeeperLab();
    const { kept, told } = lab.keep("a");
    lab.time.advance(500);
    lab.stream.answer(testTtlMs);
    assert.deepEqual(told, ["renewed"]);
    assert.equal(kept.track.deadlineMs, 5_000 + testTtlMs, "from the sending, not the answer");
  });

  it("tells a lease nothing any more that was released meanwhile", () => {
    const lab = new KeeperLab();
    const a = lab.keep("a");
    lab.keep("b");
    lab.keeper.drop(a.kept);
    lab.stream.answer(testTtlMs);
    assert.deepEqual(a.told, ["released"]);
  });

  it("loses the one lease that the broker does not know, and no other", () => {
    const lab = new KeeperLab();
    const leases = ["a", "b", "c"].map((id) => lab.settled(id));
    lab.time.advance(testTtlMs / 3);
    const error = rpcStatus(5, "LEASE_NOT_FOUND");
    lab.stream.answer(testTtlMs, { b: { ttl: undefined, error } });
    assert.deepEqual(
      leases.map(({ told }) => told.join()),
      ["renewed", "lost LEASE_NOT_FOUND", "renewed"],
    );
    lab.time.advance(testTtlMs / 3);
    assert.deepEqual(lab.batches.at(-1), ["a", "c"], "it is not asked for again");
  });

  it("takes a refused key and an ended lease as final too", () => {
    for (const [code, reason, lost] of [
      [7, "HOLDER_KEY_MISMATCH", "HOLDER_KEY_MISMATCH"],
      [9, "LEASE_ENDED", "LEASE_NOT_FOUND"],
    ] as const) {
      const lab = new KeeperLab();
      const { told } = lab.keep("a");
      lab.stream.answer(testTtlMs, { a: { ttl: undefined, error: rpcStatus(code, reason) } });
      assert.deepEqual(told, [`lost ${lost}`]);
    }
  });

  it("tries again what may pass: soon, and not before the broker wants it", () => {
    const lab = new KeeperLab();
    const { told } = lab.settled("a");
    lab.time.advance(testTtlMs / 3);
    const error = rpcStatus(14, "STORE_UNAVAILABLE");
    lab.stream.answer(testTtlMs, { a: { ttl: undefined, error } });
    const after = lab.batches.length;
    lab.time.advance(50);
    assert.equal(lab.batches.length, after + 1, "after half of 100 ms");
    const patient = rpcStatus(14, "STORE_UNAVAILABLE", 2_000);
    lab.stream.answer(testTtlMs, { a: { ttl: undefined, error: patient } });
    lab.time.advance(1_999);
    assert.equal(lab.batches.length, after + 1);
    lab.time.advance(1);
    assert.equal(lab.batches.length, after + 2);
    assert.deepEqual(told, []);
  });

  it("does not let the broker ask for more patience than the lease has", () => {
    const lab = new KeeperLab();
    lab.settled("a");
    lab.time.advance(testTtlMs / 3);
    const error = rpcStatus(14, "STORE_UNAVAILABLE", 3_600_000);
    lab.stream.answer(testTtlMs, { a: { ttl: undefined, error } });
    const after = lab.batches.length;
    lab.time.advance(testTtlMs / 6);
    assert.equal(lab.batches.length, after + 1);
  });

  it("tries all of a message again that was refused as a whole", () => {
    const lab = new KeeperLab();
    lab.keep("a");
    lab.stream.say({ $case: "error", value: rpcStatus(13, "INTERNAL") }, 1n);
    lab.time.advance(50);
    assert.deepEqual(lab.batches, [["a"], ["a"]]);
  });

  it("tries a lease again that the answer left out, or renewed without a TTL", () => {
    const lab = new KeeperLab();
    const { told } = lab.keep("a");
    lab.stream.say({ $case: "renewLeases", value: { leases: [] } }, 1n);
    lab.time.advance(50);
    lab.stream.answer(testTtlMs, { a: { ttl: undefined } });
    lab.time.advance(100);
    assert.deepEqual(lab.batches, [["a"], ["a"], ["a"]]);
    assert.deepEqual(told, []);
  });

  it("ignores answers to nothing that it asked", () => {
    const lab = new KeeperLab();
    const { told } = lab.keep("a");
    lab.stream.say({ $case: "renewLeases", value: { leases: [] } }, 77n);
    lab.stream.say({ $case: "pong", value: {} }, 1n);
    lab.stream.say(notice("somebody else's", LeaseNotice_Type.TYPE_ENDED));
    assert.deepEqual(told, []);
  });

  it("passes on reservations and warnings that come with a renewal", () => {
    const lab = new KeeperLab();
    const { told } = lab.keep("a");
    const reservation = {
      protocol: 1,
      kind: 4,
      firstPort: 1,
      portCount: 1,
      token: 0n,
      bindMethod: 4,
    } as const;
    const warnings = [{ reason: "QUOTA_CUT", message: "" }];
    lab.stream.answer(testTtlMs, { a: { reservations: [reservation], warnings } });
    assert.deepEqual(told, ["reservations", "warned", "renewed"]);
  });
});

describe("LeaseKeeper, hearing notices", () => {
  it("loses a lease that the broker ended, with the reason", () => {
    for (const [wire, reason] of [
      [LeaseEndReason.LEASE_END_REASON_REVOKED, "REVOKED"],
      [LeaseEndReason.LEASE_END_REASON_HOLDER_EXITED, "HOLDER_EXITED"],
      [LeaseEndReason.LEASE_END_REASON_NEVER_BOUND, "NEVER_BOUND"],
      [LeaseEndReason.LEASE_END_REASON_PORT_LOST, "PORT_LOST"],
      [99 as LeaseEndReason, "LEASE_NOT_FOUND"],
    ] as const) {
      const lab = new KeeperLab();
      const { told } = lab.settled("a");
      const other = lab.settled("b");
      lab.stream.say(notice("a", LeaseNotice_Type.TYPE_ENDED, wire));
      assert.deepEqual(told, [`lost ${reason}`]);
      assert.deepEqual(other.told, []);
    }
  });

  it("passes on a drain and new reservations", () => {
    const lab = new KeeperLab();
    const { told } = lab.settled("a");
    lab.stream.say(notice("a", LeaseNotice_Type.TYPE_DRAIN_ASKED));
    lab.stream.say(notice("a", LeaseNotice_Type.TYPE_TOKEN_CHANGED));
    assert.deepEqual(told, ["drain", "reservations"]);
  });

  it("stays calm when the broker goes away: leaves, and comes back", () => {
    const lab = new KeeperLab();
    const { told } = lab.settled("a");
    lab.stream.say({ $case: "goingAway", value: { message: "restart" } });
    assert.equal(lab.stream.state, "ended");
    lab.stream.close();
    lab.time.advance(50);
    assert.equal(lab.streams.opened.length, 2);
    assert.deepEqual(lab.batches, [["a"]], "subscribed again");
    lab.stream.answer(testTtlMs);
    assert.deepEqual(told, ["renewed"]);
  });

  it("still hears what was under way when the broker goes away", () => {
    const lab = new KeeperLab();
    const { told } = lab.keep("a");
    lab.stream.say({ $case: "goingAway", value: { message: "restart" } });
    lab.stream.answer(testTtlMs);
    assert.deepEqual(told, ["renewed"]);
  });
});
