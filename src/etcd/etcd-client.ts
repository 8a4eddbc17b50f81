// Etcd over gRPC. What is asked is put into messages here; how it is asked is for etcd-calls.ts, how a watch goes on for
// resuming-watch.ts.

import type {
  Etcd,
  RangePage,
  RangeRequest,
  Transaction,
  TransactionResult,
  Watch,
  WatchListener,
  WatchRequest,
} from "./etcd.js";
import { EtcdCalls } from "./etcd-calls.js";
import { closed } from "./etcd-failure.js";
import type { EtcdLimits } from "./etcd-limits.js";
import type { EtcdLinks } from "./etcd-links.js";
import { EtcdError } from "./etcd.js";
import { KVService, LeaseService } from "./gen/etcd.js";
import { ResumingWatch } from "./resuming-watch.js";
import type { Timers } from "./timers.js";
import { fromRange, fromTransaction, onlyReads, toRange, toTransaction } from "./wire.js";

export class EtcdClient implements Etcd {
  readonly #links: EtcdLinks;
  readonly #calls: EtcdCalls;
  readonly #timers: Timers;
  readonly #random: () => number;
  readonly #limits: EtcdLimits;
  readonly #watches = new Set<ResumingWatch>();
  #closed = false;

  constructor(links: EtcdLinks, timers: Timers, random: () => number, limits: EtcdLimits) {
    this.#links = links;
    this.#calls = new EtcdCalls(links, timers, limits.callMsMax);
    this.#timers = timers;
    this.#random = random;
    this.#limits = limits;
  }

  async range(request: RangeRequest): Promise<RangePage> {
    const response = await this.#calls.call({
      method: KVService.range,
      request: toRange(request),
      what: `to read the keys that begin with ${request.prefix}`,
      repeatable: true,
    });
    return fromRange(response);
  }

  async transact(transaction: Transaction): Promise<TransactionResult> {
    const response = await this.#calls.call({
      method: KVService.txn,
      request: toTransaction(transaction),
      what: `to do a transaction on ${firstKey(transaction)}`,
      repeatable: onlyReads(transaction),
    });
    return fromTransaction(response);
  }

  async grantLease(ttlSeconds: number): Promise<{ leaseId: bigint; ttlSeconds: number }> {
    const { id, ttl } = await this.#calls.call({
      method: LeaseService.leaseGrant,
      // 0: etcd chooses an id.
      request: { ttl: BigInt(Math.ceil(ttlSeconds)), id: 0n },
      what: `for a lease of ${ttlSeconds} s`,
      // A lease that nobody knows has no keys, and runs out by itself.
      repeatable: true,
    });
    return { leaseId: id, ttlSeconds: Number(ttl) };
  }

  async keepAlive(leaseId: bigint): Promise<number> {
    const { ttl } = await this.#calls.call({
      method: LeaseService.leaseKeepAlive,
      request: { id: leaseId },
      what: `to keep the lease ${leaseId.toString(16)} alive`,
      repeatable: true,
    });
    return Number(ttl);
  }

  async revokeLease(leaseId: bigint): Promise<void> {
    try {
      await this.#calls.call({
        method: LeaseService.leaseRevoke,
        request: { id: leaseId },
        what: `to revoke the lease ${leaseId.toString(16)}`,
        repeatable: true,
      });
    } catch (error) {
      if (!(error instanceof EtcdError) || error.code !== "lease-not-found") throw error;
    }
  }

  watch(request: WatchRequest, listener: WatchListener): Watch {
    const watch = new ResumingWatch(request, listener, {
      links: this.#links,
      timers: this.#timers,
      random: this.#random,
      silenceMsMax: this.#limits.silenceMsMax,
      currentRevision: async () => (await this.range({ ...request, limit: 1 })).revision,
      gone: () => this.#watches.delete(watch),
    });
    this.#watches.add(watch);
    if (this.#closed) queueMicrotask(() => watch.end("failed", closed()));
    else watch.start();
    return watch;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#calls.close();
    for (const watch of this.#watches) watch.end("failed", closed());
    this.#links.close();
  }
}

/** For people who read an error: which part of etcd it is about. */
function firstKey({ when, success }: Transaction): string {
  const [operation] = success;
  if (operation === undefined) return when[0]?.key ?? "no key";
  if ("put" in operation) return operation.put;
  if ("get" in operation) return operation.get;
  return "delete" in operation ? operation.delete : operation.deletePrefix;
}
