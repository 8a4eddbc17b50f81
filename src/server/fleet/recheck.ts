// Compares this host's leases with what etcd has of them from time to time, while they are followed: others may have written there,
// or etcd may have been restored from a backup. What changes meanwhile is not its business: whoever follows writes that.

import type { Clock, Random } from "../domain/boundaries.js";
import type { LeaseRecord } from "../domain/records.js";
import type { Slices } from "../domain/slices.js";
import { changedLeasesMax } from "./changed-leases.js";
import type { DrainSource } from "./draining-blocks.js";
import type { FleetCounters } from "./fleet-stats.js";
import { Reconcile, type ReconcileParts } from "./reconcile.js";
import { aboutMs } from "./retry-pause.js";

/**
 * Half of it to one and a half times it, so that hosts that came together do not come together again. A thousand hosts with a page of
 * leases each read less than two pages a second.
 */
export const compareAgainMs = 600_000;

export interface RecheckParts extends ReconcileParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: FleetCounters;
  readonly source: Pick<DrainSource, "recordedLeases">;
  readonly slices: Slices;
  /** Resolves after other work of the process had its turn: memory is as the store told it then. */
  readonly nextTurn: () => Promise<unknown>;
  /** Default: changedLeasesMax. */
  readonly changesMax?: number | undefined;
}

export class Recheck {
  readonly #parts: RecheckParts;
  readonly #changesMax: number;
  #dueMs = Infinity;
  /** `null`: it does not compare now. */
  #reconcile: Reconcile | null = null;

  constructor(parts: RecheckParts) {
    this.#parts = parts;
    this.#changesMax = parts.changesMax ?? changedLeasesMax;
  }

  /** When `step` has something to do, monotonic; Infinity: not before it is planned. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** etcd has everything now: it is time again after some ten minutes. */
  plan(): void {
    this.#reconcile = null;
    this.#dueMs = this.#parts.clock.monotonicMs() + aboutMs(compareAgainMs, this.#parts.random);
  }

  /** Nothing is compared from now on, until it is planned again. */
  drop(): void {
    this.#reconcile = null;
    this.#dueMs = Infinity;
  }

  /** The lease is written, or its key deleted, after this call by whoever follows. */
  changed(leaseId: string): void {
    if (this.#reconcile === null) return;
    this.#reconcile.leaveOut(leaseId);
    // Nearly everything was written anew: there is not much left to be found.
    if (this.#reconcile.leftCount > this.#changesMax) this.plan();
  }

  /**
   * One call of etcd at most. `untold`: leases whose last change is not written yet, asked for once. Rejects with EtcdError or
   * FenceLost; nothing is to be made good here then.
   */
  async step(untold: () => Iterable<string>): Promise<void> {
    if (this.#reconcile === null) return this.#begin(untold);
    const reconcile = this.#reconcile;
    const done = await reconcile.step();
    // Meanwhile there may have been a reason to give it up.
    if (!done || reconcile !== this.#reconcile) return;
    this.#parts.counters.lastReconcileDifferences = reconcile.differences;
    this.plan();
  }

  async #begin(untold: () => Iterable<string>): Promise<void> {
    const { nextTurn, source, slices, counters } = this.#parts;
    await nextTurn();
    if (this.#dueMs === Infinity) return;
    const leases = new Map<string, LeaseRecord>();
    const reconcile = new Reconcile(this.#parts, leases);
    this.#reconcile = reconcile;
    for (const leaseId of untold()) reconcile.leaveOut(leaseId);
    counters.reconciles += 1;
    await slices.visit(source.recordedLeases(), ({ record }) => {
      leases.set(record.leaseId, record);
      return this.#reconcile === reconcile ? undefined : "enough";
    });
  }
}
