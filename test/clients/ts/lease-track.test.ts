// The state machine of a lease: what a holder may believe at each moment, with the clock as an argument.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { grantMoment, leaseMoments } from "#client/lease-timing.js";
import {
  advanced,
  ended,
  granted,
  nextLookMs,
  paused,
  renewalDue,
  renewalFailed,
  renewalSent,
  renewalSucceeded,
  renewBy,
  stateOf,
  type LeaseTrack,
} from "#client/lease-track.js";

/** A lease of 30 s that was granted at 1,000: lost at 30,680, deadline at 31,000. */
const ttlMs = 30_000;
const grantedAtMs = 1_000;
const deadlineMs = 31_000;
const lostAtMs = deadlineMs - 300 - 20;

function fresh(): LeaseTrack {
  return granted(grantedAtMs, ttlMs, 0);
}

function lostReason(track: LeaseTrack): string | null {
  return track.end?.state === "lost" ? track.end.reason : null;
}

describe("the state of a lease", () => {
  it("is safe while more than a third of the TTL is left", () => {
    assert.equal(stateOf(fresh(), grantedAtMs), "safe");
    assert.equal(stateOf(fresh(), deadlineMs - ttlMs / 3 - 1), "safe");
  });

  it("is jeopardy from the last third of the TTL on", () => {
    assert.equal(stateOf(fresh(), deadlineMs - ttlMs / 3), "jeopardy");
    assert.equal(stateOf(fresh(), lostAtMs - 1), "jeopardy");
  });

  it("is lost 1 % of the TTL and 20 ms before the broker may give the port away", () => {
    assert.equal(stateOf(fresh(), lostAtMs), "lost");
    assert.equal(lostReason(advanced(fresh(), lostAtMs)), "DEADLINE_PASSED");
    assert.equal(stateOf(fresh(), deadlineMs - 1), "lost");
  });

  it("counts a wait in line, but never more of it than the answer took (semantics 6)", () => {
    assert.equal(grantMoment(1_000, 9_000, 4_000), 5_000);
    assert.equal(grantMoment(1_000, 2_500, 4_000), 2_500);
  });

  it("keeps its moments in order however short the TTL", () => {
    for (const shortMs of [1, 10, 40, 100, 2_000]) {
      const { jeopardyAtMs, lostAtMs: lostMs } = leaseMoments(1_000, shortMs);
      assert.ok(jeopardyAtMs <= lostMs && lostMs < 1_000, `ttl ${shortMs}`);
    }
  });
});

describe("renewing a lease", () => {
  it("is due when a third of the TTL has gone, or a tenth of that wait earlier", () => {
    assert.equal(granted(0, 30_000, 0).renewAtMs, 10_000);
    assert.equal(granted(0, 30_000, 0.999_999).renewAtMs.toFixed(0), "9000");
    assert.equal(renewalDue(granted(0, 30_000, 0), 9_999), false);
    assert.equal(renewalDue(granted(0, 30_000, 0), 10_000), true);
  });

  it("moves the deadline to the time it was sent plus the TTL, not to the time of the answer", () => {
    const sent = renewalSent(fresh(), 11_000);
    assert.equal(renewalDue(sent, 20_000), false, "one at a time");
    const renewed = renewalSucceeded(sent, 11_000, ttlMs, 0);
    assert.equal(renewed.deadlineMs, 41_000);
    assert.equal(renewed.renewAtMs, 21_000);
    assert.equal(stateOf(renewed, deadlineMs - 1), "safe");
  });

  it("takes a TTL that the broker changed, also a shorter one", () => {
    const renewed = renewalSucceeded(renewalSent(fresh(), 11_000), 11_000, 6_000, 0);
    assert.equal(renewed.deadlineMs, 17_000);
    assert.equal(renewed.ttlMs, 6_000);
  });

  it("leads from jeopardy back to safe", () => {
    const late = renewalSent(fresh(), 25_000);
    assert.equal(stateOf(late, 26_000), "jeopardy");
    assert.equal(stateOf(renewalSucceeded(late, 25_000, ttlMs, 0), 26_000), "safe");
  });

  it("never revives a lease that was called lost", () => {
    const lost = advanced(renewalSent(fresh(), 30_000), lostAtMs);
    assert.equal(stateOf(renewalSucceeded(lost, 30_000, ttlMs, 0), lostAtMs), "lost");
  });

  it("ignores the late answer of an older renewal", () => {
    const newer = renewalSucceeded(renewalSent(fresh(), 12_000), 12_000, ttlMs, 0);
    assert.equal(renewalSucceeded(newer, 11_000, ttlMs, 0).deadlineMs, 42_000);
  });

  it("is tried again when it failed, at the time given", () => {
    const failed = renewalFailed(renewalSent(fresh(), 11_000), 11_000, 11_500);
    assert.equal(failed.failures, 1);
    assert.equal(renewalDue(failed, 11_499), false);
    assert.equal(renewalDue(failed, 11_500), true);
    assert.equal(renewalFailed(failed, 11_000, 99_999).renewAtMs, 11_500, "only what is under way");
  });

  it("may be asked for earlier, never later", () => {
    assert.equal(renewBy(fresh(), 2_000).renewAtMs, 2_000);
    assert.equal(renewBy(fresh(), 50_000).renewAtMs, 11_000);
  });
});

describe("a lease of a process that was paused (semantics 7)", () => {
  it("is in jeopardy until a renewal sent after the pause succeeds", () => {
    const sent = renewalSent(fresh(), 11_000);
    const woken = paused(sent, 20_000, 9_000);
    assert.equal(stateOf(woken, 20_000), "jeopardy");
    assert.equal(renewalDue(woken, 20_000), true, "although another one is under way");
    const old = renewalSucceeded(woken, 11_000, ttlMs, 0);
    assert.equal(stateOf(old, 20_001), "jeopardy", "sent before the pause, it proves nothing");
    const renewed = renewalSucceeded(renewalSent(woken, 20_000), 20_000, ttlMs, 0);
    assert.equal(stateOf(renewed, 20_001), "safe");
  });

  it("takes no notice of a pause below a tenth of its TTL", () => {
    assert.equal(paused(fresh(), 5_000, 2_999).doubt, null);
    assert.notEqual(paused(fresh(), 5_000, 3_000).doubt, null);
  });

  it("is lost before its deadline all the same when the process runs again before it", () => {
    const woken = paused(fresh(), 20_000, 9_000);
    assert.equal(stateOf(woken, lostAtMs - 1), "jeopardy");
    assert.equal(stateOf(woken, lostAtMs), "lost");
  });

  it("lets the broker decide when the pause went past the deadline", () => {
    const woken = advanced(paused(fresh(), 60_000, 50_000), 60_000);
    assert.equal(stateOf(woken, 60_000), "jeopardy");
    assert.equal(renewalDue(woken, 60_000), true);
    const renewed = renewalSucceeded(renewalSent(woken, 60_000), 60_000, ttlMs, 0);
    assert.equal(stateOf(renewed, 60_100), "safe");
    const end = { state: "lost", reason: "LEASE_NOT_FOUND", message: "" } as const;
    assert.equal(stateOf(ended(woken, end), 60_100), "lost");
  });

  it("is lost when no answer comes within a third of the TTL after such a pause", () => {
    const woken = advanced(fresh(), 60_000);
    const failed = renewalFailed(renewalSent(woken, 60_000), 60_000, 60_500);
    assert.equal(stateOf(failed, 60_000 + ttlMs / 3 - 1), "jeopardy");
    assert.equal(lostReason(advanced(failed, 60_000 + ttlMs / 3)), "UNCONFIRMED");
  });

  it("gets the whole time again when the process is paused once more", () => {
    const woken = advanced(paused(fresh(), 60_000, 50_000), 60_000);
    const again = advanced(paused(woken, 90_000, 25_000), 90_000);
    assert.equal(stateOf(again, 90_000), "jeopardy");
  });

  it("is lost at once when renewals failed before a stall that was no real pause", () => {
    const failing = renewalFailed(renewalSent(fresh(), 11_000), 11_000, 11_500);
    assert.equal(lostReason(advanced(failing, deadlineMs + 5)), "DEADLINE_PASSED");
  });
});

describe("the end of a lease", () => {
  it("is told once: the first one counts", () => {
    const released = ended(fresh(), { state: "released" });
    const end = { state: "lost", reason: "REVOKED", message: "" } as const;
    assert.equal(stateOf(ended(released, end), 99_999), "released");
  });

  it("leaves nothing to wait for", () => {
    assert.equal(nextLookMs(ended(fresh(), { state: "released" }), 2_000), Infinity);
    assert.equal(paused(ended(fresh(), { state: "released" }), 9_000, 8_000).doubt, null);
  });
});

describe("nextLookMs()", () => {
  it("names the next renewal, then jeopardy, then loss", () => {
    assert.equal(nextLookMs(fresh(), 2_000), 11_000);
    const sent = renewalSent(fresh(), 11_000);
    assert.equal(nextLookMs(sent, 11_000), 21_000);
    assert.equal(nextLookMs(sent, 21_000), lostAtMs);
    const doubted = advanced(fresh(), 60_000);
    assert.equal(nextLookMs(doubted, 60_000), 60_000 + ttlMs / 3, "the renewal is due already");
  });

  it("skips no change: a lease looked at when it says is never surprised", () => {
    const schedule = fc.array(fc.record({ answer: fc.boolean(), delayMs: fc.nat(12_000) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(schedule, fc.integer({ min: 500, max: 60_000 }), (answers, ttl) => {
        let track = granted(0, ttl, 0.5);
        let nowMs = 0;
        let state = stateOf(track, nowMs);
        let brokerEndsMs = ttl;
        for (const { answer, delayMs } of answers) {
          const nextMs = nextLookMs(track, nowMs);
          if (nextMs === Infinity) break;
          const justBeforeMs = nextMs - 0.001;
          if (justBeforeMs > nowMs) assert.equal(stateOf(track, justBeforeMs), state);
          nowMs = Math.max(nowMs, nextMs);
          track = advanced(track, nowMs);
          state = stateOf(track, nowMs);
          if (nowMs >= brokerEndsMs) assert.equal(state, "lost", "lost before the broker's end");
          if (!renewalDue(track, nowMs)) continue;
          const sentAtMs = nowMs;
          track = renewalSent(track, sentAtMs);
          if (answer && sentAtMs < brokerEndsMs) {
            // The broker renews between the sending and the answer, at the latest.
            brokerEndsMs = sentAtMs + ttl;
            track = renewalSucceeded(track, sentAtMs, ttl, 0.5);
          } else {
            track = renewalFailed(track, sentAtMs, nowMs + delayMs);
          }
          state = stateOf(track, nowMs);
        }
      }),
      { numRuns: 300 },
    );
  });
});
