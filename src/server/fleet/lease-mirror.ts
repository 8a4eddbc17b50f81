// Keeps what etcd has of this host's leases what they are: compares everything once, then writes what changes, coalesced by lease and
// several together, and compares again now and then. While etcd is away it keeps nothing: comparing makes it good. When it is its turn,
// the publisher says.

import type { Operation } from "../../etcd/etcd.js";
import type { Clock, Random } from "../domain/boundaries.js";
import type { ChangeFollower } from "../domain/followed-store.js";
import { leaseChanged } from "../domain/lease-history.js";
import type { LeaseRecord, SealedChange } from "../domain/records.js";
import { Slices } from "../domain/slices.js";
import { ChangedLeases } from "./changed-leases.js";
import { DrainingBlocks, type DrainSource } from "./draining-blocks.js";
import type { FleetCounters } from "./fleet-stats.js";
import { leasesPerWriteMax, LeaseWrites, takeTogether } from "./lease-writes.js";
import { Recheck } from "./recheck.js";
import { Reconcile, type ReconcileParts } from "./reconcile.js";
import type { FleetKeys } from "../../fleet/records/fleet-keys.js";

/** A thousand hosts make 20,000 transactions a second at most, and a change is on its way at once. */
export const writeEveryMs = 50;

export interface LeaseMirrorParts extends Omit<ReconcileParts, "writes"> {
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: FleetCounters;
  readonly source: DrainSource;
  readonly keys: FleetKeys;
  readonly hostId: string;
  /** Resolves after other work of the process had its turn: memory is as the store told it then. */
  readonly nextTurn: () => Promise<unknown>;
  /** Default: changedLeasesMax. */
  readonly changesMax?: number | undefined;
}

export class LeaseMirror implements ChangeFollower {
  readonly #parts: LeaseMirrorParts;
  readonly #draining: DrainingBlocks;
  readonly #writes: LeaseWrites;
  readonly #changed: ChangedLeases;
  readonly #slices: Slices;
  readonly #recheck: Recheck;
  #operations: Operation[] = [];
  /** "adrift": what etcd has is not known, and nobody has said when to compare. */
  #mode: "adrift" | "due" | "comparing" | "following" = "adrift";
  #dueMs = 0;
  #reconcile: Reconcile | null = null;
  /** The store does not know whether its last changes are on disk. */
  #doubtful = false;
  #blocksChanged = false;
  /** More has changed while everything was compared than is kept. */
  #overrun = false;

  constructor(parts: LeaseMirrorParts) {
    this.#parts = parts;
    this.#draining = new DrainingBlocks(parts.source);
    this.#writes = new LeaseWrites(parts.keys, parts.hostId, this.#draining);
    this.#changed = new ChangedLeases(parts.changesMax);
    this.#slices = new Slices(parts.clock, parts.nextTurn);
    this.#recheck = new Recheck({ ...parts, writes: this.#writes, slices: this.#slices });
  }

  /** Nobody has said when to compare. */
  get adrift(): boolean {
    return this.#mode === "adrift";
  }

  /** etcd had everything when it was asked last, but for `pending`. */
  get inSync(): boolean {
    return this.#mode === "following" && !this.#doubtful;
  }

  /** Leases whose last change is not in etcd yet. */
  get pending(): number {
    return this.#changed.size + this.#operations.length;
  }

  /** When `step` has something to do, monotonic; `null`: not before something happens. */
  get dueMs(): number | null {
    if (this.#doubtful) return null;
    switch (this.#mode) {
      case "adrift":
        return null;
      case "due":
      case "comparing":
        return this.#dueMs;
      case "following":
        return Math.min(this.#writeDueMs, this.#recheck.dueMs);
    }
  }

  /** While it follows. Infinity: there is nothing to be written. */
  get #writeDueMs(): number {
    return this.pending > 0 || this.#blocksChanged ? this.#dueMs : Infinity;
  }

  committed(changes: readonly SealedChange[]): void {
    for (const sealed of changes) {
      const { type } = sealed.change;
      if (type === "block_changed" || type === "block_removed") this.#blocksChanged = true;
      const leaseId = leaseChanged(sealed)?.leaseId;
      if (leaseId !== undefined) this.#recheck.changed(leaseId);
      const kept = this.#mode === "following" || (this.#mode === "comparing" && !this.#overrun);
      if (kept && !this.#changed.add(sealed)) this.#tooMany();
    }
  }

  doubtful(): void {
    this.#doubtful = true;
    if (this.#mode !== "adrift") this.compareAt(this.#parts.clock.monotonicMs());
  }

  loaded(): void {
    this.#doubtful = false;
  }

  /** What etcd has is not known from now on, until `compareAt` says when to look. */
  lose(): void {
    this.#mode = "adrift";
    this.#drop();
  }

  /** Everything is compared at that time, monotonic. */
  compareAt(atMs: number): void {
    this.#drop();
    this.#mode = "due";
    this.#dueMs = atMs;
  }

  /** One call of etcd at most. Rejects with EtcdError or FenceLost; what was to be written then is not kept. */
  async step(): Promise<void> {
    switch (this.#mode) {
      case "adrift":
        return;
      case "due":
        return this.#begin();
      case "comparing":
        return this.#compare();
      case "following":
        return this.#isTimeToRecheck()
          ? this.#recheck.step(() => this.#changed.leaseIds)
          : this.#follow();
    }
  }

  /** What has changed goes first. */
  #isTimeToRecheck(): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    return this.#recheck.dueMs <= nowMs && this.#writeDueMs > nowMs;
  }

  #drop(): void {
    this.#reconcile = null;
    this.#recheck.drop();
    this.#changed.clear();
    this.#operations = [];
    this.#overrun = false;
  }

  #tooMany(): void {
    if (this.#mode === "following") {
      this.compareAt(this.#parts.clock.monotonicMs());
      return;
    }
    this.#changed.clear();
    this.#overrun = true;
  }

  async #begin(): Promise<void> {
    await this.#parts.nextTurn();
    if (this.#mode !== "due" || this.#doubtful) return;
    this.#blocksChanged = false;
    this.#draining.refresh();
    this.#mode = "comparing";
    this.#parts.counters.reconciles += 1;
    const leases = new Map<string, LeaseRecord>();
    const reconcile = new Reconcile({ ...this.#parts, writes: this.#writes }, leases);
    this.#reconcile = reconcile;
    // What changes while the leases are gone through is kept, and written after them.
    await this.#slices.visit(this.#parts.source.recordedLeases(), ({ record }) => {
      leases.set(record.leaseId, record);
      return this.#reconcile === reconcile ? undefined : "enough";
    });
  }

  async #compare(): Promise<void> {
    const reconcile = this.#reconcile;
    const done = await reconcile?.step();
    // Meanwhile there may have been a reason to begin anew.
    if (reconcile === null || reconcile !== this.#reconcile || done !== true) return;
    this.#parts.counters.lastReconcileDifferences = reconcile.differences;
    this.#reconcile = null;
    if (this.#overrun) {
      this.compareAt(this.#parts.clock.monotonicMs());
      return;
    }
    this.#mode = "following";
    this.#recheck.plan();
  }

  async #follow(): Promise<void> {
    if (this.#blocksChanged) await this.#lookAtBlocks();
    if (this.#operations.length === 0) {
      const changed = this.#changed.take(leasesPerWriteMax);
      this.#operations = changed.map(([id, record]) => this.#writes.operationFor(id, record));
    }
    if (this.#operations.length === 0) return;
    await this.#parts.presence.write(takeTogether(this.#operations));
    const full = this.#operations.length > 0 || this.#changed.size >= leasesPerWriteMax;
    if (this.#mode === "following" && !full) {
      this.#dueMs = this.#parts.clock.monotonicMs() + writeEveryMs;
    }
  }

  async #lookAtBlocks(): Promise<void> {
    await this.#parts.nextTurn();
    this.#blocksChanged = false;
    for (const record of this.#draining.refresh()) {
      this.#recheck.changed(record.leaseId);
      if (!this.#changed.set(record.leaseId, record)) this.#tooMany();
    }
  }
}
