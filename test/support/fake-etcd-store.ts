// What a fake etcd knows: keys with their history, leases, revisions. Who asks, and whether they are answered, is for fake-etcd.ts.

import {
  type Compare,
  EtcdError,
  type EtcdErrorCode,
  type KeyValue,
  type Operation,
  operationsPerTransactionMax,
  type RangePage,
  type RangeRequest,
  type Transaction,
  type TransactionResult,
  type WatchEvent,
} from "#etcd/etcd.js";
import type { FakeClock } from "./fake-clock.js";

interface Lease {
  readonly ttlSeconds: number;
  readonly dueMs: number;
}

/** The changes of one revision. */
export interface Change {
  readonly revision: bigint;
  readonly events: readonly WatchEvent[];
}

export class FakeEtcdStore {
  readonly #clock: FakeClock;
  readonly #keys = new Map<string, KeyValue>();
  readonly #leases = new Map<bigint, Lease>();
  readonly #history: Change[] = [];
  #revision = 1n;
  #compacted = 0n;
  #lastLease = 0x7000n;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get revision(): bigint {
    return this.#revision;
  }

  range({
    prefix,
    after = "",
    limit = 0,
    revision = 0n,
    keysOnly = false,
  }: RangeRequest): RangePage {
    if (revision > this.#revision || (revision !== 0n && revision < this.#compacted)) {
      throw refusal("compacted", `revision ${revision} is not there`);
    }
    const keys = revision === 0n ? this.#keys : this.#keysAt(revision);
    const all = [...keys.values()]
      .filter(({ key }) => key.startsWith(prefix) && (after === "" || key > after))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    const page = limit === 0 ? all : all.slice(0, limit);
    return {
      entries: keysOnly ? page.map((entry) => ({ ...entry, value: new Uint8Array() })) : page,
      more: page.length < all.length,
      revision: this.#revision,
    };
  }

  transact({ when, then, otherwise = [] }: Transaction): TransactionResult {
    for (const list of [when, then, otherwise]) {
      if (list.length > operationsPerTransactionMax)
        throw refusal("refused", "too many operations");
    }
    for (const list of [then, otherwise]) refuseTwins(list);
    const succeeded = when.every((compare) => this.#holds(compare));
    const operations = succeeded ? then : otherwise;
    for (const operation of operations) {
      const leaseId = "put" in operation ? (operation.leaseId ?? 0n) : 0n;
      if (leaseId !== 0n && !this.#leases.has(leaseId)) {
        throw refusal("lease-not-found", "requested lease not found");
      }
    }
    const next = this.#revision + 1n;
    const events: WatchEvent[] = [];
    const found: (KeyValue | null)[] = [];
    for (const operation of operations) {
      if ("get" in operation) found.push(this.#keys.get(operation.get) ?? null);
      else events.push(...this.#write(operation, next));
    }
    this.#commit(events);
    return { succeeded, revision: this.#revision, found };
  }

  grantLease(ttlSeconds: number): { leaseId: bigint; ttlSeconds: number } {
    const granted = Math.ceil(ttlSeconds);
    this.#lastLease += 1n;
    this.#renew(this.#lastLease, granted);
    return { leaseId: this.#lastLease, ttlSeconds: granted };
  }

  /** 0: there is none. */
  keepAlive(leaseId: bigint): number {
    const ttlSeconds = this.#leases.get(leaseId)?.ttlSeconds ?? 0;
    if (ttlSeconds > 0) this.#renew(leaseId, ttlSeconds);
    return ttlSeconds;
  }

  revokeLease(leaseId: bigint): void {
    this.#leases.delete(leaseId);
    const next = this.#revision + 1n;
    const keys = [...this.#keys.values()].filter((entry) => entry.leaseId === leaseId);
    this.#commit(keys.flatMap(({ key }) => this.#delete(key, next)));
  }

  /** Ends the leases whose time is over. */
  expire(): void {
    for (const [leaseId, { dueMs }] of this.#leases) {
      if (dueMs <= this.#clock.monotonicMs()) this.revokeLease(leaseId);
    }
  }

  /** Everything before this revision is gone. */
  compact(revision: bigint): void {
    this.#compacted = revision;
  }

  /** As an etcd that is restored from a backup that was made at this revision; leases that were given up meanwhile do not come back. */
  restore(revision: bigint): void {
    const keys = this.#keysAt(revision);
    this.#keys.clear();
    for (const [key, entry] of keys) this.#keys.set(key, entry);
    const later = this.#history.findIndex((change) => change.revision > revision);
    if (later >= 0) this.#history.length = later;
    this.#revision = revision;
  }

  /** As an etcd that is set up again: no keys, no leases, no history. */
  beginAnew(): void {
    this.#keys.clear();
    this.#leases.clear();
    this.#history.length = 0;
    this.#revision = 1n;
    this.#compacted = 0n;
  }

  /** What has changed from this revision on below the prefix; `null`: that is not there. */
  changesFrom(revision: bigint, prefix: string): readonly Change[] | null {
    if (revision < this.#compacted || revision > this.#revision + 1n) return null;
    return this.#history
      .filter((change) => change.revision >= revision)
      .map((change) => ({
        revision: change.revision,
        events: change.events.filter((event) => keyOf(event).startsWith(prefix)),
      }))
      .filter(({ events }) => events.length > 0);
  }

  #keysAt(revision: bigint): ReadonlyMap<string, KeyValue> {
    const keys = new Map<string, KeyValue>();
    for (const change of this.#history) {
      if (change.revision > revision) break;
      for (const event of change.events) {
        if (event.type === "put") keys.set(event.entry.key, event.entry);
        else keys.delete(event.key);
      }
    }
    return keys;
  }

  #holds(compare: Compare): boolean {
    const entry = this.#keys.get(compare.key);
    if ("leaseId" in compare) return (entry?.leaseId ?? 0n) === compare.leaseId;
    if ("modRevision" in compare) return (entry?.modRevision ?? 0n) === compare.modRevision;
    return (entry?.createRevision ?? 0n) === compare.createRevision;
  }

  #write(operation: Exclude<Operation, { get: string }>, revision: bigint): readonly WatchEvent[] {
    if ("delete" in operation) return this.#delete(operation.delete, revision);
    if ("deletePrefix" in operation) {
      const { entries } = this.range({ prefix: operation.deletePrefix });
      return entries.flatMap(({ key }) => this.#delete(key, revision));
    }
    const key = operation.put;
    const entry: KeyValue = {
      key,
      value: Buffer.from(operation.value),
      modRevision: revision,
      createRevision: this.#keys.get(key)?.createRevision ?? revision,
      leaseId: operation.leaseId ?? 0n,
    };
    this.#keys.set(key, entry);
    return [{ type: "put", entry }];
  }

  #delete(key: string, modRevision: bigint): readonly WatchEvent[] {
    return this.#keys.delete(key) ? [{ type: "delete", key, modRevision }] : [];
  }

  #commit(events: readonly WatchEvent[]): void {
    if (events.length === 0) return;
    this.#revision += 1n;
    this.#history.push({ revision: this.#revision, events });
  }

  #renew(leaseId: bigint, ttlSeconds: number): void {
    const dueMs = this.#clock.monotonicMs() + ttlSeconds * 1_000;
    this.#leases.set(leaseId, { ttlSeconds, dueMs });
  }
}

export function refusal(code: EtcdErrorCode, details: string): EtcdError {
  return new EtcdError(code, `the fake etcd said: ${details}`);
}

function keyOf(event: WatchEvent): string {
  return event.type === "put" ? event.entry.key : event.key;
}

/** As etcd does: a key is written once in a transaction, be it by name or by prefix. */
function refuseTwins(operations: readonly Operation[]): void {
  const puts = operations.flatMap((operation) => ("put" in operation ? [operation.put] : []));
  const twice = puts.some((key, index) => puts.indexOf(key) !== index);
  const deleted = operations.some((operation) => {
    if ("delete" in operation) return puts.includes(operation.delete);
    if (!("deletePrefix" in operation)) return false;
    return puts.some((key) => key.startsWith(operation.deletePrefix));
  });
  if (twice || deleted) throw refusal("refused", "duplicate key given in txn request");
}
