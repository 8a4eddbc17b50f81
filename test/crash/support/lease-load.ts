// Many callers at once that acquire, renew and release over real gRPC until they are told to stop or the broker is gone, and
// write everything they are told into a history.

import { status } from "@grpc/grpc-js";
import { fromMs, LeaseCaller } from "../../support/lease-caller.js";
import { RpcFailure } from "../../support/rpc-failure.js";
import type { SeededRandom } from "../../support/seeded-random.js";
import { SessionCaller } from "../../support/session-caller.js";
import type { AcquireFields, KnownLease, LeaseHistory } from "./lease-history.js";
import { renewOnSession } from "./renew-on-session.js";

export interface LeaseLoadOptions {
  /** Callers at once. */
  readonly workers: number;
  /** Connections that they share. */
  readonly connections: number;
  /** TTLs to ask for. */
  readonly ttlsMs: readonly number[];
}

export const usualLoad: LeaseLoadOptions = {
  workers: 64,
  connections: 4,
  // Most outlive the test; the short ones expire under way.
  ttlsMs: [3_600_000, 3_600_000, 600_000, 2_000],
};

/** What a caller of a full or failing broker must expect: it is no broken promise. */
const expectedReasons = new Set([
  "POOL_FULL",
  "NO_CONTIGUOUS_RUN",
  "STORE_UNAVAILABLE",
  // A request that was asked again after its lease had come and gone.
  "LEASE_ENDED",
]);

/** How calls end when the broker goes: killed, or stopped in order with calls still under way. */
const goingCodes: ReadonlySet<number> = new Set([
  status.UNAVAILABLE,
  status.CANCELLED,
  // What grpc-js makes of a stream that a stopping server cuts without a status.
  status.INTERNAL,
]);

export class LeaseLoad {
  readonly #history: LeaseHistory;
  readonly #random: SeededRandom;
  readonly #options: LeaseLoadOptions;
  readonly #callers: LeaseCaller[];
  /** Held leases that no worker works with at the moment. */
  readonly #idle: KnownLease[];
  /** Leases whose release got no answer. */
  readonly #releaseAgain: KnownLease[] = [];
  readonly #sessions = new Map<LeaseCaller, SessionCaller>();
  readonly #workers: Promise<void>[] = [];
  readonly #watchers: { readonly answers: number; readonly resolve: () => void }[] = [];
  readonly #refusals = new Map<string, number>();
  #stopped = false;
  #brokerMayGo = false;

  constructor(
    address: string,
    history: LeaseHistory,
    random: SeededRandom,
    options: LeaseLoadOptions = usualLoad,
  ) {
    this.#history = history;
    this.#random = random;
    this.#options = options;
    this.#callers = Array.from({ length: options.connections }, () => new LeaseCaller(address));
    this.#idle = [...history.held()];
  }

  start(): void {
    for (let worker = 0; worker < this.#options.workers; worker += 1) {
      this.#workers.push(this.#work(worker));
    }
  }

  /** Resolves when there were so many more answers, or at once when all workers have given up. */
  async untilAnswers(count: number): Promise<void> {
    const answers = this.#history.answers + count;
    const reached = new Promise<void>((resolve) => this.#watchers.push({ answers, resolve }));
    await Promise.race([reached, Promise.all(this.#workers)]);
  }

  /** How often the broker refused something for this reason. */
  timesRefused(reason: string): number {
    return this.#refusals.get(reason) ?? 0;
  }

  /** From now on a broker that does not answer is no violation, and ends the work. */
  expectBrokerGone(): void {
    this.#brokerMayGo = true;
  }

  /** Resolves when every call that was under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    for (const session of this.#sessions.values()) session.cancel();
    for (const caller of this.#callers) caller.close();
  }

  async #work(worker: number): Promise<void> {
    const caller = this.#callers[worker % this.#callers.length];
    if (caller === undefined) throw new Error("no connection");
    while (!this.#stopped) {
      const choice = this.#random.next();
      if (choice < 0.08) await this.#renew(caller);
      else if (choice < 0.16) await this.#renewTogether(caller);
      else if (choice < 0.22) await this.#changeTtl(caller);
      // Not too many leases at once, or most answers would be that the pool is full.
      else if (choice < 0.5 || this.#idle.length > this.#options.workers)
        await this.#release(caller);
      else if (choice < 0.85) await this.#acquire(caller);
      else if (choice < 0.95) await this.#acquireTwice(caller);
      else await this.#acquireAndGoAway(caller);
      this.#tellWatchers();
    }
  }

  /** Something new, or again what got no answer. */
  async #acquire(caller: LeaseCaller): Promise<void> {
    const again = this.#random.next() < 0.7 ? this.#history.unanswered.take() : null;
    const fields = again ?? this.#anyRequest();
    this.#settle(fields, [await this.#ask(fields, caller)]);
  }

  /** The same request_id twice at once: one lease. */
  async #acquireTwice(caller: LeaseCaller): Promise<void> {
    const fields = { ...this.#anyRequest(), requestId: this.#newId() };
    const twice = [this.#ask(fields, caller), this.#ask(fields, caller)];
    this.#settle(fields, await Promise.all(twice));
  }

  /** Cancels while the grant is on its way. */
  async #acquireAndGoAway(caller: LeaseCaller): Promise<void> {
    const fields = this.#anyRequest();
    const abort = new AbortController();
    const answer = this.#ask(fields, caller, abort.signal);
    await turns(this.#random.integer(20));
    abort.abort();
    this.#settle(fields, [await answer]);
  }

  /** The lease, or what became of the request. */
  async #ask(
    fields: AcquireFields,
    caller: LeaseCaller,
    signal?: AbortSignal,
  ): Promise<KnownLease | "refused" | "no answer"> {
    const sentMs = performance.now();
    try {
      const answer = await caller.acquire(fields, signal === undefined ? {} : { signal });
      return this.#history.acknowledged(fields, answer, sentMs);
    } catch (error) {
      const cancelled = error instanceof RpcFailure && error.code === status.CANCELLED;
      return cancelled || this.#outcomeUnknown(error) ? "no answer" : "refused";
    }
  }

  /** Only once all calls with a request have ended may others use its lease, or ask again. */
  #settle(
    fields: AcquireFields,
    [first, second]: readonly (KnownLease | "refused" | "no answer" | undefined)[],
  ): void {
    const lease = [first, second].find((outcome) => typeof outcome === "object");
    if (lease !== undefined) this.#makeIdle(lease);
    else if (first === "no answer" || second === "no answer") this.#history.unanswered.add(fields);
  }

  async #renew(caller: LeaseCaller): Promise<void> {
    const lease = this.#takeIdle();
    if (lease === null) return this.#acquire(caller);
    const sentMs = performance.now();
    try {
      await caller.renew(lease);
      this.#history.renewed(lease, sentMs);
      this.#makeIdle(lease);
    } catch (error) {
      if (isGone(error)) this.#history.saidToBeGone(lease, "renewal");
      else {
        this.#outcomeUnknown(error);
        this.#makeIdle(lease);
      }
    }
  }

  /** Several leases in one message of a session. */
  async #renewTogether(caller: LeaseCaller): Promise<void> {
    const leases = [this.#takeIdle(), this.#takeIdle(), this.#takeIdle()].filter(
      (lease) => lease !== null,
    );
    if (leases.length === 0) return this.#acquire(caller);
    const sentMs = performance.now();
    try {
      const results = await renewOnSession(this.#sessionOf(caller), leases);
      for (const [index, lease] of leases.entries()) {
        const failure = results[index];
        if (failure === null) this.#history.renewed(lease, sentMs);
        else if (isGone(failure)) this.#history.saidToBeGone(lease, "renewal on a session");
        else this.#outcomeUnknown(failure);
      }
    } catch (error) {
      this.#sessions.delete(caller);
      this.#outcomeUnknown(error);
    }
    for (const lease of leases) this.#makeIdle(lease);
  }

  #sessionOf(caller: LeaseCaller): SessionCaller {
    const session = this.#sessions.get(caller) ?? new SessionCaller(caller);
    this.#sessions.set(caller, session);
    return session;
  }

  /** Only ever longer, so that what was promised before holds whether it happens or not. */
  async #changeTtl(caller: LeaseCaller): Promise<void> {
    const lease = this.#takeIdle();
    if (lease === null) return this.#acquire(caller);
    const ttlMs = lease.ttlMs + 1_000 * (1 + this.#random.integer(5));
    lease.ttlAskedMs = ttlMs;
    const sentMs = performance.now();
    try {
      await caller.renew({ ...lease, ttl: fromMs(ttlMs) });
      this.#history.ttlChanged(lease, ttlMs, sentMs);
    } catch (error) {
      if (isGone(error)) this.#history.saidToBeGone(lease, "renewal with another TTL");
      else this.#outcomeUnknown(error);
    }
    this.#makeIdle(lease);
  }

  /** A held lease, or again one whose release got no answer. */
  async #release(caller: LeaseCaller): Promise<void> {
    const again = this.#releaseAgain.pop();
    const lease = again ?? this.#takeIdle();
    if (lease === null) return this.#acquire(caller);
    // From here on the port may be somebody else's.
    lease.state = "release-asked";
    try {
      await caller.release({ ...lease, allowMissing: again !== undefined });
      this.#history.released(lease);
    } catch (error) {
      if (isGone(error)) this.#history.saidToBeGone(lease, "release");
      else if (this.#outcomeUnknown(error)) this.#releaseAgain.push(lease);
    }
  }

  /** True when the broker may have done what was asked. Anything unexpected is a violation. */
  #outcomeUnknown(error: unknown): boolean {
    if (!(error instanceof RpcFailure)) throw error;
    const { reason, code } = error;
    if (expectedReasons.has(reason)) {
      this.#refusals.set(reason, this.timesRefused(reason) + 1);
      return reason === "STORE_UNAVAILABLE";
    }
    if (this.#brokerMayGo && goingCodes.has(code) && (reason === "" || reason === "STOPPING")) {
      this.#stopped = true;
      return true;
    }
    this.#history.violations.push(`unexpected answer: ${error.message}`);
    this.#stopped = true;
    return true;
  }

  #anyRequest(): AcquireFields {
    const { ttlsMs } = this.#options;
    const ttlMs = ttlsMs[this.#random.integer(ttlsMs.length)] ?? 0;
    const id = this.#newId();
    return {
      // One in four is not repeatable; a short TTL takes care of those that nobody knows of.
      ...(this.#random.next() < 0.25
        ? { ttl: fromMs(2_000) }
        : { requestId: id, ttl: fromMs(ttlMs) }),
      portCount: this.#random.next() < 0.2 ? 1 + this.#random.integer(4) : 1,
      holder: { service: "crash-test", instance: id },
    };
  }

  #newId(): string {
    return Buffer.from(this.#random.bytes(12)).toString("hex");
  }

  #makeIdle(lease: KnownLease): void {
    if (lease.state === "held") this.#idle.push(lease);
  }

  #takeIdle(): KnownLease | null {
    if (this.#idle.length === 0) return null;
    const [lease] = this.#idle.splice(this.#random.integer(this.#idle.length), 1);
    return lease ?? null;
  }

  #tellWatchers(): void {
    for (const [index, watcher] of this.#watchers.entries()) {
      if (this.#history.answers < watcher.answers) continue;
      this.#watchers.splice(index, 1);
      watcher.resolve();
      return;
    }
  }
}

function isGone(error: unknown): boolean {
  return error instanceof RpcFailure && error.reason === "LEASE_NOT_FOUND";
}

/** Lets other work of this process go on for so many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
