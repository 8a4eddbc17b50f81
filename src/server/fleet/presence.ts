// The presence key of this broker in etcd, with the etcd lease that it stands and falls with, and the fence that it is: whatever the
// broker writes, it writes only as long as the key is its own. When it is due, and what is written, is for others.

import { type Etcd, EtcdError, type KeyValue, type Operation } from "../../etcd/etcd.js";
import { readPresence, writePresence } from "../../fleet/records/presence-json.js";
import type { PresenceRecord } from "../../fleet/records/presence-record.js";
import type { Clock } from "../domain/boundaries.js";
import type { FleetCounters } from "./fleet-stats.js";

/** Another one was quicker so many times: it is no chance any more. */
const triesMax = 3;

/**
 * The presence key is not this broker's any more: its etcd lease has run out, or another broker has taken it. Or etcd was restored from a
 * backup, and the key with it.
 */
export class FenceLost extends Error {}

export interface PresenceParts {
  readonly etcd: Etcd;
  readonly clock: Clock;
  readonly counters: FleetCounters;
  readonly key: string;
  readonly record: PresenceRecord;
  readonly ttlMs: number;
}

/** All methods that ask etcd reject with EtcdError. */
export class Presence {
  readonly #parts: PresenceParts;
  /** `null`: the key is not this broker's. */
  #leaseId: bigint | null = null;
  /** Of etcd when it was written last. It only rises, but where etcd was restored from a backup, which is seen until it has caught up. */
  #revision = 0n;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  get registered(): boolean {
    return this.#leaseId !== null;
  }

  /** Resolves with `null` when the key is this broker's now, and with who else has it, for people, when it is not. */
  async register(): Promise<string | null> {
    const { etcd, key, record, ttlMs } = this.#parts;
    for (let tries = 0; tries < triesMax; tries += 1) {
      const { found } = await etcd.transact({ when: [], then: [{ get: key }] });
      const before = found[0] ?? null;
      const other = before === null ? null : this.#otherOf(before);
      if (other !== null) return other;
      const { leaseId } = await etcd.grantLease(Math.ceil(ttlMs / 1_000));
      const { succeeded } = await etcd.transact({
        when: [{ key, modRevision: before?.modRevision ?? 0n }],
        then: [{ put: key, value: writePresence(record), leaseId }],
      });
      if (succeeded) {
        this.#leaseId = leaseId;
        return null;
      }
      await etcd.revokeLease(leaseId);
    }
    return "another broker that started at the same time";
  }

  /** False: the key is gone, and is to be registered anew. */
  async keepAlive(): Promise<boolean> {
    if (this.#leaseId === null) return false;
    try {
      if ((await this.#parts.etcd.keepAlive(this.#leaseId)) > 0) return true;
    } catch (error) {
      if (!(error instanceof EtcdError) || error.code !== "lease-not-found") throw error;
    }
    this.#leaseId = null;
    return false;
  }

  /** Does all of it or nothing. Rejects with FenceLost when what etcd has is not what this broker wrote there: all is to be told anew. */
  async write(operations: readonly Operation[]): Promise<void> {
    const { etcd, key, counters, clock } = this.#parts;
    const leaseId = this.#leaseId;
    if (leaseId === null) throw new FenceLost();
    const transaction = { when: [{ key, leaseId }], then: operations };
    const { succeeded, revision } = await etcd.transact(transaction);
    // A backup may have the key as it was, beside leases that ended since: https://etcd.io/docs/v3.5/op-guide/recovery/
    const restored = revision < this.#revision;
    this.#revision = revision;
    if (!succeeded || restored) {
      this.#leaseId = null;
      throw new FenceLost();
    }
    counters.transactions += 1;
    counters.lastSuccessWallMs = clock.wallMs();
    for (const operation of operations) {
      if ("put" in operation) counters.puts += 1;
      else counters.deletes += 1;
    }
  }

  /** Takes the key away, with its etcd lease. A no-op when it is not this broker's. */
  async leave(): Promise<void> {
    const leaseId = this.#leaseId;
    this.#leaseId = null;
    if (leaseId !== null) await this.#parts.etcd.revokeLease(leaseId);
  }

  /** Who has the key, unless it may be taken over: from an earlier life of this broker, or where no etcd lease keeps it alive. */
  #otherOf({ value, leaseId }: KeyValue): string | null {
    if (leaseId === 0n) return null;
    const read = readPresence(value);
    if ("why" in read) return `somebody whose presence cannot be understood (${read.why})`;
    const { brokerId, startedWallMs } = read.record;
    const { record } = this.#parts;
    const since = `since ${new Date(startedWallMs).toISOString()}`;
    if (brokerId !== record.brokerId) return `broker ${brokerId}, ${since}`;
    // Two that took the key from each other by turns would write everything again and again.
    if (startedWallMs > record.startedWallMs) return `a broker on a copy of its data, ${since}`;
    return null;
  }
}
