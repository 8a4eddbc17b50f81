// Keeps all leases of a client alive over one session: sends renewals in batches when they are due, and hears what the broker
// has to say. What a lease may believe is decided in lease-track.ts; what an answer does to it, in renewal-answers.ts.

import {
  LeaseNotice_Type,
  type LeaseNotice,
  type SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { Clock, Timer, Timers } from "./clock.js";
import type { PortleaseError } from "./errors.js";
import {
  answerMsMax,
  gatherMs,
  pulseMs,
  renewalsPerMessageMax,
  retryMsMax,
  takeAlongMs,
} from "./keeper-limits.js";
import { KeptLease, type LeaseObserver } from "./kept-lease.js";
import { endOfNotice } from "./lease-news.js";
import * as lease from "./lease-track.js";
import type { LeaseState, LeaseTrack } from "./lease-track.js";
import type { Log } from "./log.js";
import { PauseDetector } from "./pause-detector.js";
import { PendingRenewals } from "./pending-renewals.js";
import { RenewalAnswers } from "./renewal-answers.js";
import { SessionLink } from "./session-link.js";
import type { OpenSessionStream } from "./session-stream.js";
import { statusToPortleaseError } from "./status-details.js";

/** What the keeper needs of the world. */
export interface KeeperWorld {
  readonly clock: Clock;
  readonly timers: Timers;
  /** From 0 to below 1, for jitter. */
  readonly random: () => number;
  readonly openStream: OpenSessionStream;
  readonly log: Log;
}

export class LeaseKeeper {
  readonly #world: KeeperWorld;
  readonly #link: SessionLink;
  readonly #answers: RenewalAnswers;
  readonly #pending = new PendingRenewals();
  readonly #leases = new Map<string, KeptLease>();
  #pauses: PauseDetector;
  #timer: Timer | null = null;
  #wakeAtMs = Infinity;

  constructor(world: KeeperWorld) {
    const { clock, timers, random, openStream, log } = world;
    this.#world = world;
    this.#answers = new RenewalAnswers(random, log);
    this.#pauses = new PauseDetector(clock.monotonicMs(), clock.wallMs());
    this.#link = new SessionLink(openStream, timers, random, {
      connected: () => this.#connected(),
      received: (response) => this.#received(response),
      disconnected: (error, retryInMs) => this.#disconnected(error, retryInMs),
      retryMsMax: () => retryMsMax(this.#ttlMsMin()),
    });
  }

  /** Renews the lease until it ends or is dropped. The first renewal follows at once: it subscribes to news of the lease. */
  keep(leaseId: string, holderKey: string, track: LeaseTrack, observer: LeaseObserver): KeptLease {
    if (this.#leases.size === 0) this.#beginWatch();
    const nowMs = this.#now();
    const kept = new KeptLease(leaseId, holderKey, track, observer);
    this.#leases.set(leaseId, kept);
    kept.apply((before) => lease.renewBy(before, nowMs + gatherMs), nowMs);
    this.#link.start();
    this.#wakeBy(nowMs + gatherMs, nowMs);
    return kept;
  }

  /** Stops renewing a lease that its holder gives back. No-op when it has ended. */
  drop(kept: KeptLease): void {
    kept.apply((track) => lease.ended(track, { state: "released" }), this.#now());
    this.#forgetEnded(kept);
  }

  /** The lease's state at this moment. */
  stateOf(kept: KeptLease): LeaseState {
    const state = kept.look(this.#now());
    this.#forgetEnded(kept);
    return state;
  }

  #forgetEnded(kept: KeptLease): void {
    if (kept.track.end === null || this.#leases.get(kept.leaseId) !== kept) return;
    this.#leases.delete(kept.leaseId);
    if (this.#leases.size === 0) this.#endWatch();
  }

  /** A new detector: the time without leases was no pause. */
  #beginWatch(): void {
    const { clock } = this.#world;
    this.#pauses = new PauseDetector(clock.monotonicMs(), clock.wallMs());
    this.#pauses.expect(Infinity);
  }

  #endWatch(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#wakeAtMs = Infinity;
    this.#pending.takeAll();
    this.#link.stop();
  }

  /** The time, after every lease was told of a pause that ended just now. Every way into the keeper begins here. */
  #now(): number {
    const { clock, log } = this.#world;
    const nowMs = clock.monotonicMs();
    const pausedMs = this.#pauses.runs(nowMs, clock.wallMs());
    if (pausedMs === 0) return nowMs;
    if (pausedMs >= pulseMs) {
      log("warn", "this process did not run for a while", { pausedMs: Math.round(pausedMs) });
    }
    // The broker had no chance to be heard meanwhile.
    this.#pending.postpone(pausedMs);
    for (const kept of this.#leases.values()) {
      kept.apply((track) => lease.paused(track, nowMs, pausedMs), nowMs);
    }
    return nowMs;
  }

  #wake(): void {
    this.#timer = null;
    this.#wakeAtMs = Infinity;
    // The time first: a pause that it notices gives the answers more time.
    const nowMs = this.#now();
    if (this.#pending.firstAnswerByMs() <= nowMs) this.#link.reset();
    this.#settle();
  }

  /** Forgets leases that have ended, sends what is due, and sleeps until the next moment that matters. */
  #settle(): void {
    const nowMs = this.#now();
    for (const kept of this.#leases.values()) {
      kept.look(nowMs);
      this.#forgetEnded(kept);
    }
    if (this.#leases.size === 0) return;
    this.#sendDue(nowMs);
    let atMs = this.#pending.firstAnswerByMs();
    for (const { track } of this.#leases.values()) {
      // A renewal that is due while the broker is away waits for the link, not for a timer.
      atMs = Math.min(atMs, lease.nextLookMs(track, nowMs));
    }
    this.#wakeBy(atMs, nowMs);
  }

  #wakeBy(latestMs: number, nowMs: number): void {
    const atMs = Math.min(latestMs, nowMs + pulseMs);
    if (atMs >= this.#wakeAtMs) return;
    this.#timer?.cancel();
    this.#timer = this.#world.timers.after(Math.max(0, atMs - nowMs), () => this.#wake());
    this.#wakeAtMs = atMs;
    this.#pauses.expect(atMs);
  }

  #sendDue(nowMs: number): void {
    const all = [...this.#leases.values()];
    if (!this.#link.usable || !all.some(({ track }) => lease.renewalDue(track, nowMs))) return;
    const due = all.filter(({ track }) =>
      lease.renewalDue(track, nowMs + takeAlongMs(track.ttlMs)),
    );
    for (let first = 0; first < due.length; first += renewalsPerMessageMax) {
      this.#send(due.slice(first, first + renewalsPerMessageMax), nowMs);
    }
  }

  #send(leases: readonly KeptLease[], nowMs: number): void {
    const value = { leases: leases.map((kept) => kept.renewalRequest) };
    const requestNumber = this.#link.send({ $case: "renewLeases", value });
    if (requestNumber === null) return;
    const answerByMs = nowMs + answerMsMax(this.#ttlMsMin());
    this.#pending.add(requestNumber, { leases, sentAtMs: nowMs, answerByMs });
    for (const kept of leases) kept.apply((track) => lease.renewalSent(track, nowMs), nowMs);
  }

  #connected(): void {
    const nowMs = this.#now();
    // Also what is not due: the broker sends news of a lease only on the session that renewed it.
    for (const kept of this.#leases.values()) {
      kept.apply((track) => lease.renewBy(track, nowMs), nowMs);
    }
    this.#settle();
  }

  #received({ requestNumber, response }: SessionResponse): void {
    const nowMs = this.#now();
    switch (response?.$case) {
      case "renewLeases": {
        const renewal = this.#pending.take(requestNumber);
        if (renewal !== null) this.#answers.answered(renewal, response.value.leases, nowMs);
        break;
      }
      case "error": {
        const renewal = this.#pending.take(requestNumber);
        const error = statusToPortleaseError(response.value);
        if (renewal !== null) this.#answers.refused(renewal, error, nowMs);
        break;
      }
      case "leaseNotice":
        this.#noticed(response.value, nowMs);
        break;
      case "goingAway": {
        const { message } = response.value;
        this.#world.log("info", "the broker is about to stop; its leases go on", { message });
        this.#link.leave();
        break;
      }
      case "acquireLease":
      case "releaseLease":
      case "pong":
      case undefined:
        // Nothing that is asked for here, or news of a newer broker that this client does not know.
        break;
    }
    this.#settle();
  }

  #noticed(notice: LeaseNotice, nowMs: number): void {
    const kept = this.#leases.get(notice.leaseId);
    if (kept === undefined) return;
    switch (notice.type) {
      case LeaseNotice_Type.TYPE_ENDED:
        kept.apply((track) => lease.ended(track, endOfNotice(notice)), nowMs);
        break;
      case LeaseNotice_Type.TYPE_TOKEN_CHANGED:
        kept.observer.reservationsChanged(notice.reservations);
        break;
      case LeaseNotice_Type.TYPE_DRAIN_ASKED:
        kept.observer.drainAsked(notice.message);
        break;
      case LeaseNotice_Type.TYPE_UNSPECIFIED:
      case LeaseNotice_Type.UNRECOGNIZED:
        break;
    }
  }

  #disconnected(error: PortleaseError | null, retryInMs: number): void {
    const nowMs = this.#now();
    this.#world.log("info", "the session with the broker ended; leases go on, connecting again", {
      reason: error === null ? "CLOSED" : error.reason || error.code,
      retryInMs: Math.round(retryInMs),
    });
    for (const { leases, sentAtMs } of this.#pending.takeAll()) {
      for (const kept of leases) {
        kept.lastFailure = error ?? kept.lastFailure;
        kept.apply((track) => lease.renewalFailed(track, sentAtMs, nowMs), nowMs);
      }
    }
    this.#settle();
  }

  #ttlMsMin(): number {
    let ttlMsMin = Infinity;
    for (const { track } of this.#leases.values()) ttlMsMin = Math.min(ttlMsMin, track.ttlMs);
    return ttlMsMin;
  }
}
