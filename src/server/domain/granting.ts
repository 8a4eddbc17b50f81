// How a request becomes a lease: its plan is written down and answered when it is on disk. Knows repeated requests by
// their request_id and callers that go away (semantics.md 9, 10).

import type { AcquireRequest } from "./acquire-request.js";
import { checkpointShare } from "./checkpoints.js";
import type { Ending } from "./ending.js";
import type { JournalEntry } from "./journal.js";
import type { LeaseBook } from "./lease-book.js";
import { makeLeaseId } from "./lease-id.js";
import type { ActiveLease } from "./lease-table.js";
import type { PortBlock } from "./port-block.js";
import { unobserved } from "./observation.js";
import type { GrantPlan, Planning } from "./planning.js";
import type { Change, LeaseRecord, RequestFingerprint, SealedChange } from "./records.js";
import { toldAtGrant } from "./told-reservations.js";
import { cancelled, leaseEnded, requestIdReused, storeUnavailable } from "./refusals.js";

/** A grant under way for a request_id; `shared` once a repeat waits for it too. */
interface PendingRequest {
  readonly bodyHash: string;
  readonly grant: Promise<ActiveLease>;
  shared: boolean;
}

export class Granting {
  readonly #book: LeaseBook;
  readonly #ending: Ending;
  readonly #planning: Planning;
  readonly #pending = new Map<string, PendingRequest>();

  constructor(book: LeaseBook, ending: Ending, planning: Planning) {
    this.#book = book;
    this.#ending = ending;
    this.#planning = planning;
  }

  /**
   * The lease that this request got before, or is about to get; `null` for a request without an id or with a new one.
   * Synchronous, so that two repeats of one request never both find nothing.
   */
  findRepeated(request: AcquireRequest): ActiveLease | Promise<ActiveLease> | null {
    const fingerprint = request.request;
    if (fingerprint === null) return null;
    const pending = this.#pending.get(fingerprint.key);
    if (pending !== undefined) {
      if (pending.bodyHash !== fingerprint.bodyHash) throw requestIdReused();
      pending.shared = true;
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
  async grant(request: AcquireRequest, signal: AbortSignal | undefined): Promise<ActiveLease> {
    if (this.#book.journal.failed) throw storeUnavailable();
    if (signal?.aborted === true) throw cancelled();
    const committed = this.#commit(request, this.#planning.plan(request), signal);
    if (request.request === null) return committed;
    return this.#remember(request.request, committed);
  }

  /** While the grant is on its way, a repeat of the request waits for the same one. */
  async #remember(
    { key, bodyHash }: RequestFingerprint,
    grant: Promise<ActiveLease>,
  ): Promise<ActiveLease> {
    this.#pending.set(key, { bodyHash, grant, shared: false });
    try {
      return await grant;
    } finally {
      this.#pending.delete(key);
    }
  }

  #commit(
    request: AcquireRequest,
    plan: GrantPlan,
    signal: AbortSignal | undefined,
  ): Promise<ActiveLease> {
    const { block, ports } = plan.taken;
    return new Promise<ActiveLease>((resolve, reject) => {
      const entry: JournalEntry = {
        seal: (revision, wallMs): Change => ({
          type: "lease_granted",
          lease: this.#makeRecord(request, plan, revision, wallMs),
        }),
        committed: (sealed) => {
          signal?.removeEventListener("abort", withdraw);
          const lease = this.#add(sealed, block);
          if (signal?.aborted !== true || request.request !== null) return resolve(lease);
          // Nobody has its key: it can only be given back. A failure here ends in recovery, and then in expiry.
          void this.#ending.end(lease, "caller_gone").catch(() => undefined);
          return reject(cancelled());
        },
        failed: (error) => {
          signal?.removeEventListener("abort", withdraw);
          reject(error);
        },
      };
      const withdraw = (): void => {
        // Somebody who repeated the request waits for the same grant and did not go away.
        const pending = request.request && this.#pending.get(request.request.key);
        if (pending?.shared === true || !this.#book.journal.withdraw(entry)) return;
        block.putBack(ports);
        reject(cancelled());
      };
      this.#book.journal.append(entry);
      signal?.addEventListener("abort", withdraw, { once: true });
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
      ...unobserved,
      remainingMs: null,
    };
  }

  #add({ change, revision, wallMs }: SealedChange, block: PortBlock): ActiveLease {
    if (change.type !== "lease_granted") throw new TypeError("a grant was expected");
    const record = change.lease;
    const deadlineMs = this.#book.clock.monotonicMs() + record.ttlMs;
    const holderKey = this.#book.keys.keyFor(record.leaseId);
    const lease = {
      record,
      block,
      holderKey,
      deadlineMs,
      unrenewedGraceMs: null,
      renewedWallMs: wallMs,
      told: toldAtGrant(block.reservation, record.ports),
      ttlChanges: 0,
      ending: null,
    };
    this.#book.leases.add(lease);
    this.#book.leases.setCheckpoint(lease, deadlineMs - record.ttlMs * checkpointShare);
    this.#book.events.publish({ type: "lease_granted", revision, wallMs, lease: record });
    return lease;
  }
}
