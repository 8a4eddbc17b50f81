// The state that granting, ending and recovery share: leases, ended requests, pools and the journal, with the few steps that
// each of them takes. Private to the core; the broker is its face.

import type {
  Clock,
  EndOfTurn,
  EventSink,
  HolderKeys,
  LeaseStore,
  Random,
  StrangerFinder,
} from "./boundaries.js";
import type { AuditDependencies } from "./audit-boundaries.js";
import { CoreCounters } from "./core-counters.js";
import { Journal } from "./journal.js";
import { type ActiveLease, EndedLeases, LeaseTable } from "./lease-table.js";
import type { PortBlock } from "./port-block.js";
import type { Pool } from "./pool.js";
import type { Change, LeaseRecord, SealedChange } from "./records.js";
import { leaseNotFound } from "./refusals.js";

export interface BrokerDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: HolderKeys;
  readonly store: LeaseStore;
  readonly events: EventSink;
  readonly strangers: StrangerFinder;
  readonly audit: AuditDependencies;
  /** When changes that were asked for go to disk, see EndOfTurn; default: at the end of what runs now. */
  readonly endOfTurn?: EndOfTurn;
}

export class LeaseBook {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: HolderKeys;
  readonly store: LeaseStore;
  readonly events: EventSink;
  readonly #pools: Map<string, Pool>;
  readonly leases = new LeaseTable();
  readonly ended = new EndedLeases();
  readonly journal: Journal;
  readonly counters: CoreCounters;
  readonly #onFreed: (pool: string) => void;

  /** `onFreed` is told the pool when something may be had of it that could not be had before, but for what time alone frees. */
  constructor(
    dependencies: BrokerDependencies,
    pools: readonly Pool[],
    revision: number,
    onStoreFailure: (error: unknown) => void,
    onFreed: (pool: string) => void,
  ) {
    this.#onFreed = onFreed;
    this.clock = dependencies.clock;
    this.random = dependencies.random;
    this.keys = dependencies.keys;
    this.store = dependencies.store;
    this.events = dependencies.events;
    this.#pools = new Map(pools.map((pool) => [pool.policy.name, pool]));
    this.journal = new Journal(
      this.store,
      this.clock,
      revision,
      onStoreFailure,
      dependencies.endOfTurn,
    );
    this.counters = new CoreCounters(this.journal.counters);
  }

  /** By name. Which there are changes when the configuration is read again. */
  get pools(): ReadonlyMap<string, Pool> {
    return this.#pools;
  }

  /** Throws a RangeError when there is one of that name. */
  addPool(pool: Pool): void {
    const { name } = pool.policy;
    if (this.#pools.has(name)) throw new RangeError(`there is a pool ${name} already`);
    this.#pools.set(name, pool);
  }

  /** Nothing may be left in it, and nobody may wait for it. */
  removePool(name: string): void {
    this.#pools.delete(name);
  }

  blocks(): readonly PortBlock[] {
    return [...this.pools.values()].flatMap((pool) => pool.blocks);
  }

  /** Says that something may be had of a pool: ports, or more of a quota. */
  freed(pool: string): void {
    this.#onFreed(pool);
  }

  /**
   * Queues a change; resolves when it is on disk. `onDisk` is called before that, in the order of the revisions: what follows
   * from the change, and tells of it, belongs there, because promises of one batch do not continue in that order.
   */
  commit(
    makeChange: (revision: number, wallMs: number) => Change,
    onDisk: (sealed: SealedChange) => void = () => undefined,
  ): Promise<SealedChange> {
    return new Promise((resolve, reject) => {
      this.journal.append({
        seal: makeChange,
        committed: (sealed) => {
          onDisk(sealed);
          resolve(sealed);
        },
        failed: reject,
      });
    });
  }

  /**
   * Changes fields of a lease's record; resolves when that is on disk and in memory. Changes of one lease build on each other,
   * also those that go to disk together. `makeFields` is called when the change is sent, `committed` as `commit` says, with the
   * record of just this change. Rejects with lease_not_found when the lease is ending: nothing may follow its end to disk.
   */
  changeLease(
    lease: ActiveLease,
    makeFields: (record: LeaseRecord) => Partial<LeaseRecord>,
    makeChange: (lease: LeaseRecord) => Change,
    onDisk: (sealed: SealedChange) => void = () => undefined,
  ): Promise<SealedChange> {
    if (lease.ending !== null) return Promise.reject(leaseNotFound(lease.record.leaseId));
    return new Promise((resolve, reject) => {
      let changed = lease.record;
      this.journal.append({
        seal: (revision) => {
          const before = this.sentRecord(lease);
          changed = { ...before, ...makeFields(before), revision };
          lease.sentRecord = changed;
          return makeChange(changed);
        },
        committed: (sealed) => {
          lease.record = changed;
          onDisk(sealed);
          resolve(sealed);
        },
        failed: reject,
      });
    });
  }

  /** The record of the lease as it is on disk once all that was sent is there; after a failure it may be so. */
  sentRecord(lease: ActiveLease): LeaseRecord {
    return lease.sentRecord ?? lease.record;
  }

  /** The very lease is in memory, and nobody has asked for its end. */
  isHeld(lease: ActiveLease): boolean {
    return this.leases.find(lease.record.leaseId) === lease && lease.ending === null;
  }

  /** An expired lease cannot be renewed back to life, even if its end was not handled yet. */
  isLive(lease: ActiveLease, nowMs = this.clock.monotonicMs()): boolean {
    return lease.ending === null && lease.deadlineMs > nowMs;
  }

  /** The lease lasts at least its TTL from now on. Never shorter than was promised before: a TTL may have been cut since. */
  extend(lease: ActiveLease): void {
    const deadlineMs = this.clock.monotonicMs() + lease.record.ttlMs;
    this.leases.setDeadline(lease, Math.max(lease.deadlineMs, deadlineMs));
    lease.unrenewedGraceMs = null;
    lease.renewedWallMs = this.clock.wallMs();
  }
}
