// What a client may believe of one lease: the pure state machine behind Lease. No clock, no timer, no I/O: every function takes
// the lease as it was and the monotonic time, and returns the lease as it is. Sending renewals is lease-keeper.ts.

import { doubtShare, leaseMoments, pauseShare, renewMoment } from "./lease-timing.js";

/**
 * What a holder may rely on.
 * - `safe`: the port is yours, and renewals are in time.
 * - `jeopardy`: the port is yours as far as is known, but less than a third of the TTL is left without a renewal, or this process
 *   was paused and the broker has not confirmed the lease since. It goes back to `safe`, or on to `lost`.
 * - `lost`: the port is not yours any more, or can no longer be said to be. Final.
 * - `released`: you gave the port back. Final.
 */
export type LeaseState = "safe" | "jeopardy" | "lost" | "released";

/** Why a lease was lost. */
export type LostReason =
  /** No renewal came through before the deadline. */
  | "DEADLINE_PASSED"
  /** This process was paused past the deadline, and then no answer of the broker came in time. */
  | "UNCONFIRMED"
  /** The broker does not know the lease, or knows it as ended. */
  | "LEASE_NOT_FOUND"
  /** The broker refuses the holder key. */
  | "HOLDER_KEY_MISMATCH"
  /** Somebody else released it with its holder key. */
  | "RELEASED"
  /** The broker ended it because it was not renewed in time. */
  | "EXPIRED"
  /** An operator took it back. */
  | "REVOKED"
  /** The process named as its holder exited. */
  | "HOLDER_EXITED"
  /** Nobody bound the port within the time asked for. */
  | "NEVER_BOUND"
  /** Another process took the port while the reservation did not cover it. */
  | "PORT_LOST"
  /** The broker took the caller for gone. */
  | "CALLER_GONE";

/** How a lease ended, as the client sees it. */
export type LeaseEnd =
  | { readonly state: "released" }
  | { readonly state: "lost"; readonly reason: LostReason; readonly message: string };

/** One lease as the client knows it. All times are of the client's monotonic clock. */
export interface LeaseTrack {
  readonly ttlMs: number;
  /** When the newest renewal that was answered had been sent; before that, the earliest moment of the grant. */
  readonly renewedAtMs: number;
  /** When the broker may give the port to somebody else. */
  readonly deadlineMs: number;
  /** When the next renewal is due. */
  readonly renewAtMs: number;
  /** When the renewal that is under way was sent; `null` when none is. */
  readonly inFlightSinceMs: number | null;
  /** How many renewals in a row failed. */
  readonly failures: number;
  /** Set after a pause of the process until the broker confirms the lease. */
  readonly doubt: { readonly sinceMs: number; readonly untilMs: number } | null;
  /** Set when the lease ends, never changed after. */
  readonly end: LeaseEnd | null;
}

/**
 * A lease that was just granted.
 *
 * @param grantedAtMs The earliest moment of the grant: `grantMoment` of lease-timing.ts.
 * @param ttlMs How long the lease lasts from the grant.
 * @param random From 0 to below 1.
 */
export function granted(grantedAtMs: number, ttlMs: number, random: number): LeaseTrack {
  return {
    ttlMs,
    renewedAtMs: grantedAtMs,
    deadlineMs: grantedAtMs + ttlMs,
    renewAtMs: renewMoment(grantedAtMs, ttlMs, random),
    inFlightSinceMs: null,
    failures: 0,
    doubt: null,
    end: null,
  };
}

/** Lets time pass: the lease may be lost by it. Call it whenever the lease is looked at. */
export function advanced(track: LeaseTrack, nowMs: number): LeaseTrack {
  if (track.end !== null || nowMs < leaseMoments(track.deadlineMs, track.ttlMs).lostAtMs)
    return track;
  if (nowMs < track.deadlineMs) {
    return lost(track, "DEADLINE_PASSED", "no renewal came through before the lease's deadline");
  }
  // A client that runs has seen the moment above. So this one did not run, and only the broker can say what became of the lease.
  if (track.doubt !== null && track.doubt.sinceMs >= track.deadlineMs) {
    if (nowMs < track.doubt.untilMs) return track;
    return lost(
      track,
      "UNCONFIRMED",
      "this process was paused past the lease's deadline, and no answer of the broker came in time after it",
    );
  }
  // Renewals failed before a short stall: that is an unreachable broker, and no reason to hope longer.
  if (track.failures > 0 && track.doubt === null) {
    return lost(track, "DEADLINE_PASSED", "no renewal came through before the lease's deadline");
  }
  return doubted(track, nowMs);
}

/**
 * The process noticed that it did not run for `pausedMs` up to now: the lease is in jeopardy, and a renewal is due at once whose
 * answer decides. No-op for a pause that is short against the TTL, and for a lease that has ended.
 */
export function paused(track: LeaseTrack, nowMs: number, pausedMs: number): LeaseTrack {
  return track.end !== null || pausedMs < track.ttlMs * pauseShare ? track : doubted(track, nowMs);
}

/** Makes a renewal due at `atMs` at the latest. */
export function renewBy(track: LeaseTrack, atMs: number): LeaseTrack {
  return { ...track, renewAtMs: Math.min(track.renewAtMs, atMs) };
}

/** A renewal was sent. */
export function renewalSent(track: LeaseTrack, nowMs: number): LeaseTrack {
  return { ...track, inFlightSinceMs: nowMs };
}

/** The broker renewed the lease. No-op for a lease that has ended: what was called lost stays lost. */
export function renewalSucceeded(
  track: LeaseTrack,
  sentAtMs: number,
  ttlMs: number,
  random: number,
): LeaseTrack {
  if (track.end !== null) return track;
  const rest = track.inFlightSinceMs === sentAtMs ? { ...track, inFlightSinceMs: null } : track;
  // An older renewal that is answered late says less than what is known already. The newest one counts even when it shortens.
  if (sentAtMs < track.renewedAtMs) return rest;
  return {
    ...rest,
    ttlMs,
    renewedAtMs: sentAtMs,
    deadlineMs: sentAtMs + ttlMs,
    renewAtMs: renewMoment(sentAtMs, ttlMs, random),
    failures: 0,
    // Only a renewal that was sent after the pause proves anything about it: the clock may have stood still.
    doubt: track.doubt !== null && sentAtMs < track.doubt.sinceMs ? track.doubt : null,
  };
}

/** A renewal had no success for a reason that may pass. No-op unless it is the one under way. */
export function renewalFailed(track: LeaseTrack, sentAtMs: number, retryAtMs: number): LeaseTrack {
  if (track.end !== null || track.inFlightSinceMs !== sentAtMs) return track;
  return {
    ...track,
    inFlightSinceMs: null,
    failures: track.failures + 1,
    renewAtMs: retryAtMs,
  };
}

/** The lease has ended. The first end counts. */
export function ended(track: LeaseTrack, end: LeaseEnd): LeaseTrack {
  return track.end === null ? { ...track, inFlightSinceMs: null, end } : track;
}

/** The state at this moment. */
export function stateOf(track: LeaseTrack, nowMs: number): LeaseState {
  const { doubt, end, deadlineMs, ttlMs } = advanced(track, nowMs);
  if (end !== null) return end.state;
  return doubt !== null || nowMs >= leaseMoments(deadlineMs, ttlMs).jeopardyAtMs
    ? "jeopardy"
    : "safe";
}

/** True when a renewal is due at or before `untilMs`. */
export function renewalDue(track: LeaseTrack, untilMs: number): boolean {
  return track.end === null && track.inFlightSinceMs === null && track.renewAtMs <= untilMs;
}

/**
 * The next moment after `nowMs` at which the lease changes by time alone, or its next renewal falls due. Infinity when nothing
 * is to come. A renewal that is due already is not told again: ask `renewalDue`.
 */
export function nextLookMs(track: LeaseTrack, nowMs: number): number {
  if (track.end !== null) return Infinity;
  const { jeopardyAtMs, lostAtMs } = leaseMoments(track.deadlineMs, track.ttlMs);
  const renewAtMs = track.inFlightSinceMs === null ? track.renewAtMs : Infinity;
  const moments = [renewAtMs, jeopardyAtMs, lostAtMs, track.doubt?.untilMs ?? Infinity];
  return Math.min(...moments.filter((atMs) => atMs > nowMs));
}

function lost(track: LeaseTrack, reason: LostReason, message: string): LeaseTrack {
  return ended(track, { state: "lost", reason, message });
}

function doubted(track: LeaseTrack, nowMs: number): LeaseTrack {
  const untilMs = nowMs + track.ttlMs * doubtShare;
  // What was under way before the pause may never be answered, so it does not hold up the renewal that decides.
  return { ...track, renewAtMs: nowMs, inFlightSinceMs: null, doubt: { sinceMs: nowMs, untilMs } };
}
