// Applies the broker's answers about renewals to the leases they are about: one at a time, so that none disturbs another.

import type { LeaseRenewal } from "@portlease/proto/portlease/v1/lease_service.js";
import { backoffMs } from "./backoff.js";
import type { PortleaseError } from "./errors.js";
import { askedRetryMsMax, retryMsMax } from "./keeper-limits.js";
import type { KeptLease } from "./kept-lease.js";
import { renewalOutcome } from "./lease-news.js";
import { ended, renewalFailed, renewalSucceeded } from "./lease-track.js";
import type { Log } from "./log.js";
import type { PendingRenewal } from "./pending-renewals.js";

export class RenewalAnswers {
  readonly #random: () => number;
  readonly #log: Log;

  constructor(random: () => number, log: Log) {
    this.#random = random;
    this.#log = log;
  }

  /** The broker answered with a result per lease. A lease without a result is tried again. */
  answered(renewal: PendingRenewal, results: readonly LeaseRenewal[], nowMs: number): void {
    const byId = new Map(results.map((result) => [result.leaseId, result]));
    const failed: (PortleaseError | null)[] = [];
    for (const kept of renewal.leases) {
      if (kept.track.end !== null) continue;
      const result = byId.get(kept.leaseId);
      const error = result === undefined ? null : this.#apply(kept, renewal, result, nowMs);
      if (error === undefined) continue;
      failed.push(error);
      this.#retry(kept, renewal, error, nowMs);
    }
    this.#report(failed);
  }

  /** The broker refused the message as a whole: all its leases are tried again. */
  refused(renewal: PendingRenewal, error: PortleaseError, nowMs: number): void {
    for (const kept of renewal.leases) this.#retry(kept, renewal, error, nowMs);
    this.#report(renewal.leases.map(() => error));
  }

  /** Returns the error of a renewal that may work another time. */
  #apply(
    kept: KeptLease,
    { sentAtMs }: PendingRenewal,
    result: LeaseRenewal,
    nowMs: number,
  ): PortleaseError | undefined {
    const outcome = renewalOutcome(result);
    if (outcome.kind === "failed") return outcome.error;
    if (outcome.kind === "ended") {
      kept.apply((track) => ended(track, outcome.end), nowMs);
      return undefined;
    }
    const { ttlMs } = outcome;
    const random = this.#random();
    const { observer } = kept;
    kept.lastFailure = null;
    kept.apply((track) => renewalSucceeded(track, sentAtMs, ttlMs, random), nowMs);
    if (result.reservations.length > 0) observer.reservationsChanged(result.reservations);
    if (result.warnings.length > 0) observer.warned(result.warnings);
    observer.renewed(ttlMs);
    return undefined;
  }

  #retry(
    kept: KeptLease,
    { sentAtMs }: PendingRenewal,
    error: PortleaseError | null,
    nowMs: number,
  ): void {
    const { failures, ttlMs } = kept.track;
    const ownMs = backoffMs(failures + 1, this.#random(), retryMsMax(ttlMs));
    const askedMs = Math.min(error?.retryDelayMs ?? 0, askedRetryMsMax(ttlMs));
    const retryAtMs = nowMs + Math.max(ownMs, askedMs);
    kept.lastFailure = error;
    kept.apply((track) => renewalFailed(track, sentAtMs, retryAtMs), nowMs);
  }

  #report(failed: readonly (PortleaseError | null)[]): void {
    const [first] = failed;
    if (first === undefined) return;
    this.#log("warn", "leases were not renewed; they are tried again", {
      leases: failed.length,
      reason: first === null ? "NO_RESULT" : first.reason || first.code,
      message: first === null ? "the broker's answer left them out" : first.message,
    });
  }
}
