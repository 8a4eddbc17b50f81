// How a request becomes a lease: its plan is written down and answered when it is on disk. Knows repeated requests by
// their request_id and callers that go away (semantics.md 9, 10). Requests that cannot be served now wait in waiting-lines.ts.

import type { AcquireRequest } from "./acquire-request.js";
import { activeLease } from "./active-lease.js";
import type { CallerSignal } from "./caller-signal.js";
import { checkpointShare } from "./checkpoints.js";
import type { Ending } from "./ending.js";
import { ForgetfulMap } from "./forgetful-map.js";
import { GrantAttempt } from "./grant-attempt.js";
import type { JournalEntry } from "./journal.js";
import type { LeaseBook } from "./lease-book.js";
import { mayPass } from "./line-refusals.js";
import { makeLeaseId } from "./lease-id.js";
import type { ActiveLease } from "./lease-table.js";
import type { PoolGrowth } from "./pool-growth.js";
import { unobserved } from "./observation.js";
import type { GrantPlan } from "./planning.js";
import type { Change, LeaseRecord, RequestFingerprint, SealedChange } from "./records.js";
import { toldAtGrant } from "./told-reservations.js";
import { cancelled, leaseEnded, requestIdReused, storeUnavailable } from "./refusals.js";
import type { WaitingLines } from "./waiting-lines.js";

/** A grant under way for a request_id. */
interface PendingRequest {
  readonly bodyHash: string;
  readonly attempt: GrantAttempt;
  readonly grant: Promise<ActiveLease>;
}

/** One call that asks for a grant. */
export interface GrantCall {
  readonly request: AcquireRequest;
  readonly signal: CallerSignal | undefined;
  readonly receivedMs: number;
}

export class Granting {
  readonly #book: LeaseBook;
  readonly #ending: Ending;
  readonly #lines: WaitingLines;
  readonly #growth: PoolGrowth;
  readonly #pending = new ForgetfulMap<string, PendingRequest>();

  constructor(book: LeaseBook, ending: Ending, lines: WaitingLines, growth: PoolGrowth) {
    this.#book = book;
    this.#growth = growth;
    this.#ending = ending;
    this.#lines = lines;
  }

  /**
   * The lease that this request got before, or is about to get; `null` for a request without an id or with a new one. One that
   * is in line waits on for whoever of its callers waits longest.
   * Synchronous, so that two repeats of one request never both find nothing.
   */
  findRepeated(call: GrantCall): ActiveLease | Promise<ActiveLease> | null {
    const fingerprint = call.request.request;
    if (fingerprint === null) return null;
    const pending = this.#pending.get(fingerprint.key);
    if (pending !== undefined) {
      if (pending.bodyHash !== fingerprint.bodyHash) throw requestIdReused();
      this.#join(pending, call);
      return pending.grant;
    }
    const lease = this.#book.leases.findByRequest(fingerprint.key);
    const record = lease?.record ?? this.#book.ended.find(fingerprint.key)?.lease;
    if (record === undefined) return null;
    if (record.request?.bodyHash !== fingerprint.bodyHash) throw requestIdReused();
    if (lease !== null && this.#book.isLive(lease)) return lease;
    throw leaseEnded(record.leaseId);
  }

  /** Grants a new lease; resolves when it is on disk. */
  async grant({ request, signal, receivedMs }: GrantCall): Promise<ActiveLease> {
    if (this.#book.journal.failed) throw storeUnavailable();
    if (signal?.aborted === true) throw cancelled();
    const attempt = new GrantAttempt(request);
    const granted = this.#grantOrWait(attempt, receivedMs);
    attempt.addCaller(signal);
    if (request.request === null) return granted;
    return this.#remember(request.request, attempt, granted);
  }

  /** While the grant is on its way, a repeat of the request waits for the same one. */
  async #remember(
    { key, bodyHash }: RequestFingerprint,
    attempt: GrantAttempt,
    grant: Promise<ActiveLease>,
  ): Promise<ActiveLease> {
    this.#pending.set(key, { bodyHash, attempt, grant });
    try {
      return await grant;
    } finally {
      this.#forget(attempt);
    }
  }

  /** From now on a repeat is a new request. No-op when it is one already. */
  #forget(attempt: GrantAttempt): void {
    const key = attempt.request.request?.key;
    if (key !== undefined && this.#pending.get(key)?.attempt === attempt) this.#pending.delete(key);
  }

  #join({ attempt }: PendingRequest, { request, signal, receivedMs }: GrantCall): void {
    if (signal?.aborted === true) throw cancelled();
    attempt.addCaller(signal);
    this.#lines.waitUntil(attempt, receivedMs + request.maxWaitMs);
  }

  /** Throws why nothing can be had, unless waiting helps and the caller waits. */
  #grantOrWait(attempt: GrantAttempt, receivedMs: number): Promise<ActiveLease> {
    let plan: GrantPlan;
    try {
      plan = this.#lines.plan(attempt.request);
    } catch (error) {
      if (attempt.request.maxWaitMs === 0 || !mayPass(error)) throw error;
      return this.#wait(attempt, receivedMs);
    }
    return this.#commit(attempt, plan);
  }

  #wait(attempt: GrantAttempt, receivedMs: number): Promise<ActiveLease> {
    return new Promise<ActiveLease>((resolve, reject) => {
      const refuse = (error: unknown): void => {
        attempt.settle();
        reject(error);
      };
      const serve = (plan: GrantPlan): void => resolve(this.#commit(attempt, plan));
      this.#lines.join({ attempt, receivedMs, serve, refuse });
      attempt.whenAbandoned(() => {
        if (!this.#lines.leave(attempt)) return;
        this.#forget(attempt);
        refuse(cancelled());
      });
    });
  }

  #commit(attempt: GrantAttempt, plan: GrantPlan): Promise<ActiveLease> {
    const { request } = attempt;
    return new Promise<ActiveLease>((resolve, reject) => {
      const entry: JournalEntry = {
        seal: (revision, wallMs): Change => ({
          type: "lease_granted",
          lease: this.#makeRecord(request, plan, revision, wallMs),
        }),
        committed: (sealed) => {
          attempt.settle();
          const lease = this.#add(sealed, plan);
          if (!attempt.abandoned || request.request !== null) return resolve(lease);
          // Nobody has its key: it can only be given back. A failure here ends in recovery, and then in expiry.
          void this.#ending.end(lease, "caller_gone").catch(() => undefined);
          return reject(cancelled());
        },
        failed: (error) => {
          attempt.settle();
          reject(error);
        },
      };
      this.#book.journal.append(entry);
      attempt.whenAbandoned(() => {
        if (!this.#book.journal.withdraw(entry)) return;
        this.#forget(attempt);
        this.#lines.undo(plan);
        reject(cancelled());
      });
    });
  }

  #makeRecord(
    request: AcquireRequest,
    { policy, taken, ttlMs }: GrantPlan,
    revision: number,
    wallMs: number,
  ): LeaseRecord {
    return {
      leaseId: makeLeaseId(revision, this.#book.random),
      pool: policy.name,
      protocol: policy.protocol,
      blockId: taken.block.record.blockId,
      ports: taken.ports,
      generation: revision,
      revision,
      ttlMs,
      holder: request.holder,
      createdWallMs: wallMs,
      request: request.request,
      bindWithinMs: request.bindWithinMs,
      // Field by field: what a spread adds is outside of the object, and takes more memory.
      binding: unobserved.binding,
      everBound: unobserved.everBound,
      covered: unobserved.covered,
      remainingMs: null,
    };
  }

  #add({ change, revision, wallMs }: SealedChange, { taken, warnings }: GrantPlan): ActiveLease {
    if (change.type !== "lease_granted") throw new TypeError("a grant was expected");
    const record = change.lease;
    const { block } = taken;
    const deadlineMs = this.#book.clock.monotonicMs() + record.ttlMs;
    const holderKey = this.#book.keys.keyFor(record.leaseId);
    const lease = activeLease({
      record,
      block,
      holderKey,
      deadlineMs,
      unrenewedGraceMs: null,
      renewedWallMs: wallMs,
      told: toldAtGrant(block.reservation, record.ports),
      warnings,
    });
    this.#book.leases.add(lease);
    this.#book.leases.setCheckpoint(lease, deadlineMs - record.ttlMs * checkpointShare);
    this.#growth.used(block);
    this.#book.events.publish({ type: "lease_granted", revision, wallMs, lease: record });
    return lease;
  }
}
