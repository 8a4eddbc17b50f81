// The state that granting, ending and recovery share: leases, ended requests, pools and the journal, with the few steps that
// each of them takes. Private to the core; the broker is its face.

import type {
  Clock,
  EventSink,
  HolderKeys,
  LeaseStore,
  Random,
  StrangerFinder,
} from "./boundaries.js";
import type { AuditDependencies } from "./audit-boundaries.js";
import { Journal } from "./journal.js";
import { type ActiveLease, EndedLeases, LeaseTable } from "./lease-table.js";
import type { PortBlock } from "./port-block.js";
import type { Pool } from "./pool.js";
import type { Change, LeaseRecord, SealedChange } from "./records.js";

export interface BrokerDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: HolderKeys;
  readonly store: LeaseStore;
  readonly events: EventSink;
  readonly strangers: StrangerFinder;
  readonly audit: AuditDependencies;
}

/** A change that gives a live lease another record. */
export type LeaseChange = Extract<Change, { readonly lease: LeaseRecord }>;

export class LeaseBook {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: HolderKeys;
  readonly store: LeaseStore;
  readonly events: EventSink;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly leases = new LeaseTable();
  readonly ended = new EndedLeases();
  readonly journal: Journal;
  /** The records of leases as they will be once everything that was sealed is on disk. */
  readonly #sealed = new WeakMap<ActiveLease, LeaseRecord>();

  constructor(
    dependencies: BrokerDependencies,
    pools: readonly Pool[],
    revision: number,
    onStoreFailure: (error: unknown) => void,
  ) {
    this.clock = dependencies.clock;
    this.random = dependencies.random;
    this.keys = dependencies.keys;
    this.store = dependencies.store;
    this.events = dependencies.events;
    this.pools = new Map(pools.map((pool) => [pool.policy.name, pool]));
    this.journal = new Journal(this.store, this.clock, revision, onStoreFailure);
  }

  blocks(): readonly PortBlock[] {
    return [...this.pools.values()].flatMap((pool) => pool.blocks);
  }

  /** Queues a change; resolves when it is on disk. */
  commit(makeChange: (revision: number, wallMs: number) => Change): Promise<SealedChange> {
    return new Promise((resolve, reject) => {
      this.journal.append({ seal: makeChange, committed: resolve, failed: reject });
    });
  }

  /**
   * Changes the record of a live lease; resolves when it is on disk and in memory. Several changes may be on their way at once:
   * each is made of what the one before left, never of what memory has meanwhile.
   */
  async changeLease(
    lease: ActiveLease,
    makeChange: (record: LeaseRecord, revision: number) => LeaseChange,
  ): Promise<SealedChange> {
    const sealed = await this.commit((revision) => {
      const change = makeChange(this.sealedRecord(lease), revision);
      this.#sealed.set(lease, change.lease);
      return change;
    });
    if ("lease" in sealed.change) lease.record = sealed.change.lease;
    return sealed;
  }

  /** To be asked only while a change is sealed. */
  sealedRecord(lease: ActiveLease): LeaseRecord {
    return this.#sealed.get(lease) ?? lease.record;
  }

  /** The very lease is in memory, and nobody has asked for its end. */
  isHeld(lease: ActiveLease): boolean {
    return this.leases.find(lease.record.leaseId) === lease && lease.ending === null;
  }

  /** An expired lease cannot be renewed back to life, even if its end was not handled yet. */
  isLive(lease: ActiveLease): boolean {
    return lease.ending === null && lease.deadlineMs > this.clock.monotonicMs();
  }

  /** The lease lasts at least its TTL from now on. Never shorter than was promised before: a TTL may have been cut since. */
  extend(lease: ActiveLease): void {
    const deadlineMs = this.clock.monotonicMs() + lease.record.ttlMs;
    this.leases.setDeadline(lease, Math.max(lease.deadlineMs, deadlineMs));
    lease.renewedWallMs = this.clock.wallMs();
  }
}
