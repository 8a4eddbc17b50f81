// An etcd in memory on a fake clock, with clients that can be cut off: it passes the suite of the real one (etcd-contract.ts).

import type {
  Etcd,
  EtcdError,
  EtcdErrorCode,
  RangePage,
  RangeRequest,
  Transaction,
  TransactionResult,
  Watch,
  WatchListener,
  WatchRequest,
} from "#etcd/etcd.js";
import { FakeClock } from "./fake-clock.js";
import { FakeEtcdStore, refusal } from "./fake-etcd-store.js";

/** A silent watch is told of progress after so long, as by the real client. */
const progressEveryMs = 5_000;

export class FakeEtcd {
  readonly clock: FakeClock;
  readonly store: FakeEtcdStore;
  readonly #clients: FakeEtcdClient[] = [];
  #silentMs = 0;

  constructor(clock = new FakeClock()) {
    this.clock = clock;
    this.store = new FakeEtcdStore(clock);
  }

  /** Each has its own connection. */
  client(): FakeEtcdClient {
    const client = new FakeEtcdClient(this);
    this.#clients.push(client);
    return client;
  }

  /** Moves the clock; leases run out, and watches hear that nothing else has changed. */
  pass(milliseconds: number): void {
    this.clock.advance(milliseconds);
    this.#silentMs += milliseconds;
    this.store.expire();
    this.deliver(this.#silentMs >= progressEveryMs);
    this.#silentMs %= progressEveryMs;
  }

  /** Nobody is answered any more, until `start`. */
  stop(): void {
    for (const client of this.#clients) client.cut();
  }

  start(): void {
    for (const client of this.#clients) client.mend();
  }

  /** What was done is told to all watches, soon. */
  deliver(progress = false): void {
    queueMicrotask(() => {
      for (const client of this.#clients) client.deliver(progress);
    });
  }
}

interface Watching {
  readonly prefix: string;
  readonly listener: WatchListener;
  next: bigint;
  /** It was told that it watches. */
  begun: boolean;
}

export class FakeEtcdClient implements Etcd {
  /** What was asked of it, in order: for tests that count. */
  readonly transactions: Transaction[] = [];
  readonly #server: FakeEtcd;
  readonly #watches = new Set<Watching>();
  readonly #failures: EtcdErrorCode[] = [];
  #cut = false;
  #answersLost = false;
  #closed = false;

  constructor(server: FakeEtcd) {
    this.#server = server;
  }

  /** The network is gone: calls reject with `unavailable`, watches are interrupted. Idempotent. */
  cut(): void {
    if (this.#cut) return;
    this.#cut = true;
    for (const { listener } of this.#watches) listener.interrupted?.(unavailable());
  }

  /** It is there again: watches go on where they were. Idempotent. */
  mend(): void {
    this.#cut = false;
    for (const watching of this.#watches) watching.begun = false;
    this.#server.deliver();
  }

  /** From now on what is asked for is done, but answered with `timeout`. */
  loseAnswers(lost: boolean): void {
    this.#answersLost = lost;
  }

  /** The next calls fail so, one each, and nothing is done. */
  failNext(...codes: readonly EtcdErrorCode[]): void {
    this.#failures.push(...codes);
  }

  range(request: RangeRequest): Promise<RangePage> {
    return this.#answer(() => this.#server.store.range(request));
  }

  transact(transaction: Transaction): Promise<TransactionResult> {
    this.transactions.push(transaction);
    return this.#answer(() => this.#server.store.transact(transaction));
  }

  grantLease(ttlSeconds: number): Promise<{ leaseId: bigint; ttlSeconds: number }> {
    return this.#answer(() => this.#server.store.grantLease(ttlSeconds));
  }

  keepAlive(leaseId: bigint): Promise<number> {
    return this.#answer(() => this.#server.store.keepAlive(leaseId));
  }

  revokeLease(leaseId: bigint): Promise<void> {
    return this.#answer(() => this.#server.store.revokeLease(leaseId));
  }

  watch({ prefix, fromRevision }: WatchRequest, listener: WatchListener): Watch {
    const watching = { prefix, listener, next: fromRevision, begun: false };
    this.#watches.add(watching);
    if (this.#closed) queueMicrotask(() => this.#end(watching, "closed"));
    else if (this.#cut) queueMicrotask(() => this.#interrupt(watching));
    else this.#server.deliver();
    return { cancel: () => void this.#watches.delete(watching) };
  }

  close(): void {
    this.#closed = true;
    for (const watching of this.#watches) this.#end(watching, "closed");
  }

  /** For FakeEtcd. `progress`: also says that nothing has changed. */
  deliver(progress: boolean): void {
    if (this.#cut || this.#closed) return;
    for (const watching of this.#watches) this.#deliverTo(watching, progress);
  }

  #deliverTo(watching: Watching, progress: boolean): void {
    const { store } = this.#server;
    const changes = store.changesFrom(watching.next, watching.prefix);
    if (changes === null) {
      this.#end(watching, "compacted");
      return;
    }
    if (!watching.begun) {
      watching.begun = true;
      watching.listener.progressed(watching.next - 1n);
    }
    for (const { events, revision } of changes) {
      if (!this.#watches.has(watching)) return;
      watching.next = revision + 1n;
      watching.listener.changed(events, revision);
    }
    if (progress && this.#watches.has(watching)) {
      watching.next = store.revision + 1n;
      watching.listener.progressed(store.revision);
    }
  }

  #end(watching: Watching, code: "compacted" | "closed"): void {
    if (!this.#watches.delete(watching)) return;
    const reason = code === "closed" ? "failed" : "compacted";
    watching.listener.ended(reason, refusal(code, `the watch has ended: ${code}`));
  }

  #interrupt(watching: Watching): void {
    if (this.#watches.has(watching)) watching.listener.interrupted?.(unavailable());
  }

  /** Later, as a network does; a client that is closed meanwhile is not answered. */
  async #answer<Result>(act: () => Result): Promise<Result> {
    await Promise.resolve();
    if (this.#closed) throw refusal("closed", "the client is closed");
    if (this.#cut) throw unavailable();
    const failure = this.#failures.shift();
    if (failure !== undefined) throw refusal(failure, `the test wants ${failure}`);
    const result = act();
    this.#server.deliver();
    if (this.#answersLost) throw refusal("timeout", "the answer was lost");
    return result;
  }
}

function unavailable(): EtcdError {
  return refusal("unavailable", "nothing, since it cannot be reached");
}
