// Makes what etcd has of this host's leases what they are, by difference: reads it in pages, and writes only what is other, missing or
// too many. Step by step, each of them one call of etcd and a few milliseconds of work.

import { type Etcd, EtcdError, type KeyValue, type Operation } from "../../etcd/etcd.js";
import { nextAfter } from "../../etcd/next-after.js";
import type { LeaseRecord } from "../domain/records.js";
import { leasesPerWriteMax, type LeaseWrites, takeTogether } from "./lease-writes.js";
import type { Presence } from "./presence.js";

/** 30 kB as leases are; 26 MB with the largest records, which the client still takes. */
const pageSize = 100;
/** With the largest values that etcd takes, 1.5 MB, which none of ours has, it is still below what the client takes. */
const pageSizeWithGarbage = 16;

export interface ReconcileParts {
  readonly etcd: Pick<Etcd, "range">;
  readonly presence: Pick<Presence, "write">;
  readonly writes: LeaseWrites;
}

export class Reconcile {
  readonly #parts: ReconcileParts;
  /** Leases that were not found in etcd so far. */
  readonly #missing: Map<string, LeaseRecord>;
  /** Leases that somebody else writes. */
  readonly #left = new Set<string>();
  readonly #operations: Operation[] = [];
  #after: string | undefined;
  #listed = false;
  #pageSize = pageSize;
  #differences = 0;

  /**
   * `leases`: all, by id; they are taken out of it. What changes from now on is to be written after this one is done, or to be left
   * out of it.
   */
  constructor(parts: ReconcileParts, leases: Map<string, LeaseRecord>) {
    this.#parts = parts;
    this.#missing = leases;
  }

  /** How many leases were other, missing or too many so far. */
  get differences(): number {
    return this.#differences;
  }

  /** How many leases are left out. */
  get leftCount(): number {
    return this.#left.size;
  }

  /** From now on this one writes nothing of that lease, whatever it has read: what is written after this call is newer. */
  leaveOut(leaseId: string): void {
    this.#left.add(leaseId);
    this.#missing.delete(leaseId);
    const key = this.#parts.writes.prefix + leaseId;
    const index = this.#operations.findIndex((one) => {
      return "put" in one ? one.put === key : "delete" in one && one.delete === key;
    });
    if (index !== -1) this.#operations.splice(index, 1);
  }

  /** Resolves with true when nothing is left to do. Rejects with EtcdError or FenceLost; whoever goes on begins anew. */
  async step(): Promise<boolean> {
    if (this.#listed) this.#addMissing();
    const complete = this.#listed && this.#missing.size === 0;
    const { length } = this.#operations;
    if (length >= leasesPerWriteMax || (complete && length > 0)) {
      await this.#parts.presence.write(takeTogether(this.#operations));
    } else if (!this.#listed) await this.#readPage();
    return complete && this.#operations.length === 0;
  }

  async #readPage(): Promise<void> {
    const { etcd, writes } = this.#parts;
    const page = { prefix: writes.prefix, limit: this.#pageSize };
    try {
      const { entries, more } = await etcd.range(
        this.#after === undefined ? page : { ...page, after: this.#after },
      );
      for (const entry of entries) this.#compare(entry);
      const last = entries.at(-1)?.key;
      this.#listed = !more || last === undefined;
      if (last !== undefined) this.#after = nextAfter(last, this.#after);
    } catch (error) {
      if (!(error instanceof EtcdError) || error.code !== "refused") throw error;
      if (this.#pageSize === pageSizeWithGarbage) throw error;
      // The answer was too large, perhaps: somebody else's values are there.
      this.#pageSize = pageSizeWithGarbage;
    }
  }

  #compare({ key, value }: KeyValue): void {
    const { writes } = this.#parts;
    const leaseId = key.slice(writes.prefix.length);
    if (this.#left.has(leaseId)) return;
    const record = this.#missing.get(leaseId);
    if (record === undefined) {
      this.#add({ delete: key });
      return;
    }
    this.#missing.delete(leaseId);
    const text = writes.textOf(record);
    if (!Buffer.from(text).equals(value)) this.#add(writes.put(leaseId, text));
  }

  #addMissing(): void {
    for (const [leaseId, record] of this.#missing) {
      if (this.#operations.length >= leasesPerWriteMax) return;
      this.#missing.delete(leaseId);
      if (this.#left.has(leaseId)) continue;
      this.#add(this.#parts.writes.operationFor(leaseId, record));
    }
  }

  #add(operation: Operation): void {
    this.#differences += 1;
    this.#operations.push(operation);
  }
}
