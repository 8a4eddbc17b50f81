// The lease core: the only thing that changes leases. Grants, renews and ends them, and answers only when a change is on
// disk. Time, randomness, disk and operating system come in as arguments; gRPC and processes are unknown here.

import { type AcquireRequest, checkTtl } from "./acquire-request.js";
import { BlockKeeping } from "./block-keeping.js";
import type { CallerSignal } from "./caller-signal.js";
import type { AuditCounters } from "./audit-counters.js";
import type { AuditReport } from "./audit-report.js";
import type { Drift } from "./block-drift.js";
import { Checkpoints } from "./checkpoints.js";
import { Ending } from "./ending.js";
import { Granting } from "./granting.js";
import type { IdleStart } from "./idle-blocks.js";
import type { CoreCounters, PoolCounters } from "./core-counters.js";
import { type BrokerDependencies, LeaseBook } from "./lease-book.js";
import type { ActiveLease } from "./lease-table.js";
import { type GrantPlan, type LeaseWarning, Planning } from "./planning.js";
import { WaitingLines } from "./waiting-lines.js";
import { PoolGrowth } from "./pool-growth.js";
import { PoolPolicies } from "./pool-policies.js";
import { PoolSteering } from "./pool-steering.js";
import { Revoking } from "./revoking.js";
import type { Pool } from "./pool.js";
import type { PortBlock } from "./port-block.js";
import type { StoredState } from "./records.js";
import { Recovery } from "./recovery.js";
import { tellAtRenewal } from "./told-reservations.js";
import { Watches } from "./watches.js";
import { holderKeyMismatch, leaseNotFound, stopping, storeUnavailable } from "./refusals.js";

export interface Grant {
  readonly lease: ActiveLease;
  /** From receipt to grant, monotonic. */
  readonly waitMs: number;
  readonly warnings: readonly LeaseWarning[];
}

export interface ReleaseResult {
  readonly alreadyEnded: boolean;
  readonly quarantineMs: number;
}

const nothingIdle: IdleStart = { ambiguous: [], leaving: [] };

export class Broker {
  readonly blocks: BlockKeeping;
  /** When pools are to grow and shrink; who has it done asks it. */
  readonly growth: PoolGrowth;
  /** What the pools are like, and how that changes. */
  readonly policies: PoolPolicies;
  /** What operators do with pools. */
  readonly steering: PoolSteering;
  /** How operators take leases back. */
  readonly revoking: Revoking;
  readonly #book: LeaseBook;
  readonly #ending: Ending;
  readonly #lines: WaitingLines;
  readonly #granting: Granting;
  readonly #recovery: Recovery;
  readonly #checkpoints: Checkpoints;
  readonly #watches: Watches;
  #stopping = false;

  /** `pools` already hold the blocks that cover the leases of `state`. */
  constructor(
    dependencies: BrokerDependencies,
    state: StoredState,
    pools: readonly Pool[],
    idle: IdleStart = nothingIdle,
  ) {
    this.#book = new LeaseBook(
      dependencies,
      pools,
      state.revision,
      (error) => this.#recovery.storeFailed(error),
      (pool) => this.#lines.wake(pool),
    );
    this.#ending = new Ending(this.#book);
    this.growth = new PoolGrowth(this.#book, (pool) => this.#lines.sizeOf(pool));
    this.#lines = new WaitingLines(this.#book, new Planning(this.#book), (pool) =>
      this.growth.foundTooFew(pool),
    );
    this.#granting = new Granting(this.#book, this.#ending, this.#lines, this.growth);
    this.policies = new PoolPolicies(this.#book, state.adjustments, (pool) =>
      this.#lines.policyChanged(pool),
    );
    this.revoking = new Revoking(this.#book, this.#ending);
    this.steering = new PoolSteering(this.#book, this.policies);
    this.blocks = new BlockKeeping(this.#book, this.#ending, idle);
    this.#watches = new Watches(this.#book, this.#ending, dependencies);
    this.#checkpoints = new Checkpoints(this.#book);
    this.#recovery = new Recovery(
      this.#book,
      this.#watches.cover,
      this.#checkpoints,
      this.policies,
    );
    this.#recovery.adopt(state);
  }

  /** The revision of the last change that is on disk. */
  get revision(): number {
    return this.#book.journal.revision;
  }

  get leaseCount(): number {
    return this.#book.leases.size;
  }

  get pools(): readonly Pool[] {
    return [...this.#book.pools.values()];
  }

  /** Requests that wait in line. */
  get waiterCount(): number {
    return this.#lines.size;
  }

  /** The same of one pool. */
  waiterCountOf(pool: string): number {
    return this.#lines.sizeOf(pool);
  }

  /** It grants nothing any more, and is about to go. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** The audit cannot read the tables of the host, so that nothing new is known of who is bound. */
  get auditBlind(): boolean {
    return this.#watches.audit.blind;
  }

  /** What became of requests and leases. */
  get counters(): CoreCounters {
    return this.#book.counters;
  }

  /** How long the lease that ran out first has been waiting for its end; 0 when none waits. */
  get expiryOverdueMs(): number {
    return this.#ending.overdueMs(this.#book.clock.monotonicMs());
  }

  /** Why nothing is granted now, for people; `null` when all is well. */
  get readOnlyReason(): string | null {
    if (!this.#book.journal.failed) return null;
    return `the store cannot write: ${this.#recovery.reason ?? "it has just failed"}`;
  }

  /** Live leases in order of lease id: those that live when the first of them is asked for. To be read in one go. */
  *leases(): IterableIterator<ActiveLease> {
    const nowMs = this.#book.clock.monotonicMs();
    for (const lease of this.#book.leases.all()) if (this.#book.isLive(lease, nowMs)) yield lease;
  }

  /** All leases that are on disk at `revision`, also those whose end is on its way; in order of lease id. */
  recordedLeases(): IterableIterator<ActiveLease> {
    return this.#book.leases.all();
  }

  /** Throws lease_not_found. */
  find(leaseId: string): ActiveLease {
    const lease = this.findLive(leaseId);
    if (lease === null) throw leaseNotFound(leaseId);
    return lease;
  }

  findLive(leaseId: string): ActiveLease | null {
    const lease = this.#book.leases.find(leaseId);
    return lease !== null && this.#book.isLive(lease) ? lease : null;
  }

  /** The live lease, for who has its key. Throws lease_not_found or holder_key_mismatch. */
  authorize(leaseId: string, holderKey: string): ActiveLease {
    const lease = this.#book.leases.find(leaseId);
    if (lease === null) throw leaseNotFound(leaseId);
    if (!this.#book.keys.equal(lease.holderKey, holderKey)) throw holderKeyMismatch(leaseId);
    if (!this.#book.isLive(lease)) throw leaseNotFound(leaseId);
    return lease;
  }

  /**
   * Leases ports; resolves when the grant is on disk. Waits in line for them if the request says so. A caller that aborts before
   * the grant is sent to disk leaves no trace; one that aborts later has the lease released at once, unless a request_id lets it
   * fetch the lease (semantics.md 10).
   */
  async acquire(request: AcquireRequest, signal?: CallerSignal): Promise<Grant> {
    const receivedMs = this.#book.clock.monotonicMs();
    const counters = this.#countersFor(request);
    let lease: ActiveLease;
    try {
      if (this.#stopping) throw stopping();
      const call = { request, signal, receivedMs };
      const known = this.#granting.findRepeated(call);
      lease = await (known ?? this.#granting.grant(call));
      // A repeat counts as a renewal: the caller measures its TTL from this answer.
      if (known !== null) await this.#renewed(lease);
      if (known !== null) counters.grants.add("repeated");
      else counters.granted(this.#book.clock.monotonicMs() - receivedMs);
    } catch (error) {
      counters.grants.addFailure(error);
      throw error;
    }
    // Counted to where the TTL began, not to now: what the caller adds up must not come out later than the deadline here. Nor
    // later than now, though a TTL that was cut has left a later deadline: a restart would not keep that.
    const nowMs = this.#book.clock.monotonicMs();
    const beganMs = Math.min(lease.deadlineMs - lease.record.ttlMs, nowMs);
    return { lease, waitMs: Math.max(0, beganMs - receivedMs), warnings: lease.warnings };
  }

  /** Says what a new lease would get now, or why there would be none, without leasing it. Does not look at the request_id. */
  validateAcquire(request: AcquireRequest): GrantPlan {
    if (this.#stopping) throw stopping();
    if (this.#book.journal.failed) throw storeUnavailable();
    const plan = this.#lines.look(request);
    this.#lines.undo(plan);
    return plan;
  }

  /**
   * Renews: the deadline moves to now + TTL. A changed TTL is on disk before this resolves, and so is that a checkpoint no
   * longer counts; any other renewal writes nothing. Rejects with store_unavailable when that cannot be written: a restart
   * would give less than the answer said. The lease lives on in memory all the same.
   */
  async renew(leaseId: string, holderKey: string, ttlMs: number | null): Promise<ActiveLease> {
    return this.renewNow(leaseId, holderKey, ttlMs);
  }

  /**
   * The same, for many: without a promise in the usual case, in which nothing is to be waited for. Throws at once what can be
   * known at once.
   */
  renewNow(
    leaseId: string,
    holderKey: string,
    ttlMs: number | null,
  ): ActiveLease | Promise<ActiveLease> {
    const { renewals } = this.counters;
    try {
      const lease = this.authorize(leaseId, holderKey);
      if (ttlMs !== null) {
        const pool = this.#book.pools.get(lease.record.pool);
        if (pool !== undefined) checkTtl(pool.policy, ttlMs);
      }
      // While another change is on its way to disk, what is in memory is not what will be: this one goes behind it.
      const changes = ttlMs !== null && (ttlMs !== lease.record.ttlMs || lease.ttlChanges > 0);
      const onDisk = changes ? this.#changeTtl(lease, ttlMs) : this.#renewed(lease);
      if (onDisk !== null) return this.#renewedOnDisk(lease, onDisk);
      renewals.add("ok");
      return lease;
    } catch (error) {
      renewals.addFailure(error);
      throw error;
    }
  }

  /** Whether the answer to a renewal that succeeded must say how the ports are reserved: the holder may not know. */
  hasReservationNews(lease: ActiveLease): boolean {
    return tellAtRenewal(lease, this.#book.clock.monotonicMs());
  }

  /** Ends a lease; resolves when that is on disk. Ending it twice gives lease_not_found, or alreadyEnded with `allowMissing`. */
  async release(leaseId: string, holderKey: string, allowMissing: boolean): Promise<ReleaseResult> {
    const found = allowMissing
      ? await this.#ending.findSettled(leaseId)
      : this.#book.leases.find(leaseId);
    if (allowMissing && (found === null || !this.#book.isLive(found))) {
      await this.#ending.confirmMissing(found);
      return { alreadyEnded: true, quarantineMs: 0 };
    }
    const lease = this.authorize(leaseId, holderKey);
    const quarantineMs = this.#ending.quarantineMsOf(lease, "released");
    await this.#ending.end(lease, "released");
    return { alreadyEnded: false, quarantineMs };
  }

  /** Compares leases and sockets now. Two callers share a round. Rejects when the tables of the host cannot be read. */
  audit(): Promise<AuditReport> {
    return this.#watches.audit.now();
  }

  /** How often leases and sockets are compared, from now on. */
  setAuditEvery(everyMs: number): void {
    this.#watches.audit.setEvery(everyMs);
  }

  get auditCounters(): AuditCounters {
    return this.#watches.counters;
  }

  /** What the operating system does not hold of a block any more; `null` when nothing is known to be lost. */
  driftOf(block: PortBlock): Drift | null {
    return this.#watches.drift.of(block);
  }

  /**
   * Does what is due: ends expired leases, frees rested ports, forgets old requests, tries to get a failed store back.
   * Returns after how many milliseconds to call again: `null` means only after something else happened, 0 at once.
   */
  advance(): number | null {
    const nowMs = this.#book.clock.monotonicMs();
    this.#ending.expireDue(nowMs);
    const more = [this.#ending.forgetDue(nowMs)];
    for (const pool of this.#book.pools.values()) more.push(pool.advance());
    more.push(
      this.#checkpoints.advance(nowMs),
      this.#watches.advance(nowMs),
      this.#lines.advance(nowMs),
    );
    this.blocks.advance(nowMs);
    this.policies.forgetRetired((pool) => this.#lines.sizeOf(pool));
    this.#recovery.advance(nowMs);
    if (more.includes(true)) return 0;
    const writable = !this.#book.journal.failed;
    const times = [
      this.#ending.nextExpiryMs,
      writable ? this.#book.ended.nextDeadlineMs : null,
      this.#recovery.nextDeadlineMs,
      this.#checkpoints.nextDeadlineMs,
      this.#watches.nextDeadlineMs,
      this.#lines.nextDeadlineMs,
      this.blocks.nextDeadlineMs,
      ...this.#book.blocks().map((block) => block.nextDeadlineMs),
    ].filter((time) => time !== null);
    return times.length === 0 ? null : Math.max(0, Math.min(...times) - nowMs);
  }

  /** From now on nothing is granted, and nobody waits in line any more. Idempotent. */
  stopGranting(): void {
    this.#stopping = true;
    this.#lines.refuseAll(stopping());
  }

  /** Accepts nothing new; resolves when everything under way, and what is left of idle leases, is on disk or refused. */
  async stop(): Promise<void> {
    this.stopGranting();
    this.#checkpoints.writeAll();
    this.#watches.close();
    await this.#book.journal.drained();
  }

  #countersFor({ pool }: AcquireRequest): PoolCounters {
    const name = pool === "" ? "default" : pool;
    return this.counters.ofPool(this.#book.pools.has(name) ? name : "");
  }

  /** `null` in the usual case: nothing is to be waited for. */
  #renewed(lease: ActiveLease): Promise<void> | null {
    this.#book.extend(lease);
    const cleared = this.#checkpoints.clear(lease);
    // The TTL counts from the answer, and this one waits for the disk.
    return cleared === null ? null : cleared.then(() => this.#book.extend(lease));
  }

  async #renewedOnDisk(lease: ActiveLease, onDisk: Promise<void>): Promise<ActiveLease> {
    const { renewals } = this.counters;
    try {
      await onDisk;
    } catch (error) {
      renewals.addFailure(error);
      throw error;
    }
    renewals.add("ok");
    return lease;
  }

  async #changeTtl(lease: ActiveLease, ttlMs: number): Promise<void> {
    const { events } = this.#book;
    // Asked in time, so it does not expire while the new TTL is on its way to disk.
    this.#book.extend(lease);
    lease.ttlChanges += 1;
    await this.#book
      .changeLease(
        lease,
        () => ({ ttlMs, remainingMs: this.#checkpoints.promisedBeyond(lease, ttlMs) }),
        (changed) => ({ type: "lease_ttl_changed", lease: changed }),
        ({ revision, wallMs }) => {
          // Together with the record: nobody may be told the new TTL and the former deadline.
          if (this.#book.isLive(lease)) this.#book.extend(lease);
          const { record } = lease;
          events.publish({ type: "lease_ttl_changed", revision, wallMs, lease: record });
        },
      )
      .finally(() => (lease.ttlChanges -= 1));
    if (!this.#book.isLive(lease)) throw leaseNotFound(lease.record.leaseId);
  }
}
