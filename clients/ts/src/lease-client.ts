// The client of one broker: acquires leases, keeps them over one session, and gives them back. One per process is enough.

import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { AcquireLeaseResponse } from "@portlease/proto/portlease/v1/lease_service.js";
import { acquireRequest, finiteMs, type AcquireOptions } from "./acquire-options.js";
import { BrokerConnection, type BrokerLink } from "./broker-connection.js";
import { clientSettings, type ClientSettings, type LeaseClientOptions } from "./client-options.js";
import { clientError, PortleaseError } from "./errors.js";
import { exitOnLoss } from "./exit-on-loss.js";
import { grantOf } from "./grant.js";
import { LeasedBinder } from "./binding/leased-binder.js";
import { LeaseCalls } from "./lease-calls.js";
import { LeaseKeeper } from "./lease-keeper.js";
import { grantMoment } from "./lease-timing.js";
import { granted, stateOf } from "./lease-track.js";
import { Lease, type LeaseHome } from "./lease.js";
import { retryUnavailable } from "./retry.js";
import { grpcSessionStreams } from "./session-stream.js";
import type { LeaseHolder } from "./signal-release.js";
import { callAborted } from "./unary-call.js";

/**
 * A client of the broker. Nothing is connected before the first `acquire`. A client without leases does not keep the process
 * running.
 */
export class LeaseClient implements AsyncDisposable {
  readonly #settings: ClientSettings;
  readonly #broker: BrokerConnection;
  readonly #calls: LeaseCalls;
  readonly #home: LeaseHome;
  readonly #leases = new Set<Lease>();
  readonly #holder: LeaseHolder = { releaseAll: () => this.#releaseAll() };
  readonly #closing = new AbortController();
  /** This process, or `null` once the broker saw another one: process ids do not change while a process runs. */
  #ownProcessId: number | null = process.pid;
  #closed: Promise<void> | null = null;
  #channelClosed = false;

  /** Throws OPTION_INVALID. */
  constructor(options: LeaseClientOptions = {}) {
    const settings = clientSettings(options);
    const { channelOptions, clock, log } = settings;
    this.#settings = settings;
    // Each acquire under way listens; Node would take more than ten for a leak.
    setMaxListeners(0, this.#closing.signal);
    const broker = new BrokerConnection({ ...options, channelOptions, log });
    const reach = (): BrokerLink => broker.reach();
    this.#broker = broker;
    this.#calls = new LeaseCalls(reach, settings, this.#closing.signal);
    const openStream = grpcSessionStreams(reach);
    this.#home = {
      clock,
      keeper: new LeaseKeeper({ ...settings, openStream }),
      log,
      binder: new LeasedBinder(settings.sockets, this.#calls, log, process.pid),
      renew: (leaseId, holderKey) => this.#calls.renew(leaseId, holderKey),
      giveBack: (leaseId, holderKey) => this.#giveBack(leaseId, holderKey),
      ended: (lease) => this.#ended(lease),
      exit: (lease, lost) => void exitOnLoss(lease, lost, () => this.#releaseAllOfProcess()),
    };
  }

  /** The broker's address; another one after it came back elsewhere. */
  get address(): string {
    return this.#broker.link.address;
  }

  /**
   * Leases a port and keeps it until `lease.release()`. Waits for a broker that is away, up to `acquireTimeoutMs`.
   * Rejects with PortleaseError: BROKER_UNREACHABLE, BROKER_TIMEOUT, CALL_ABORTED, CLIENT_CLOSED, OPTION_INVALID,
   * BROKER_ANSWER_INVALID, LEASE_LOST (the answer took nearly the whole TTL), or what the broker refuses with (POOL_FULL,
   * PORT_LEASED, TTL_OUT_OF_RANGE...).
   */
  async acquire(options: AcquireOptions = {}): Promise<Lease> {
    const wish = { ...options, requestId: options.requestId ?? randomUUID() };
    const { clock, random, acquireTimeoutMs } = this.#settings;
    const tryMs = finiteMs("acquireTimeoutMs", options.acquireTimeoutMs ?? acquireTimeoutMs);
    const timeoutMs = tryMs + (options.maxWaitMs ?? 0);
    const closing = this.#closing.signal;
    const signal =
      options.signal === undefined ? closing : AbortSignal.any([closing, options.signal]);
    return retryUnavailable(this.#settings, { timeoutMs, signal }, async (leftMs) => {
      const sentAtMs = clock.monotonicMs();
      const response = await this.#ask(wish, leftMs, signal);
      const grant = grantOf(response);
      const nowMs = clock.monotonicMs();
      const grantedAtMs = grantMoment(sentAtMs, nowMs, grant.waitMs);
      const track = granted(grantedAtMs, grant.ttlMs, random());
      if (stateOf(track, nowMs) === "lost") throw grantedTooLate(grant.ttlMs);
      // Closed in the very moment of the answer: nobody would renew the lease, so it runs out by its TTL.
      if (closing.aborted) throw callAborted(closing);
      return this.#add(new Lease(grant, track, this.#home, options.onLost ?? null));
    });
  }

  /** Once more without naming this process where the broker cannot know it; both within `leftMs`. */
  async #ask(
    wish: AcquireOptions & { readonly requestId: string },
    leftMs: number,
    signal: AbortSignal,
  ): Promise<AcquireLeaseResponse> {
    const { clock, log } = this.#settings;
    const { claimProcess, requestId } = wish;
    const claimed = claimProcess === undefined ? this.#ownProcessId : processIdIf(claimProcess);
    const sentAtMs = clock.monotonicMs();
    try {
      const request = acquireRequest(wish, requestId, claimed);
      return await this.#calls.acquire(request, leftMs, signal);
    } catch (error) {
      const mayLeaveOut = claimProcess === undefined && claimed !== null;
      if (!mayLeaveOut || !isNotYourProcess(error)) throw error;
    }
    this.#ownProcessId = null;
    log("debug", "the broker sees another process than this one; asking without naming it", {
      processId: claimed,
    });
    const request = acquireRequest(wish, requestId, null);
    return await this.#calls.acquire(request, leftMs - (clock.monotonicMs() - sentAtMs), signal);
  }

  /**
   * Releases all leases and disconnects; acquires under way reject with CLIENT_CLOSED. Idempotent.
   * Never rejects: what cannot be released runs out by its TTL.
   */
  close(): Promise<void> {
    this.#closing.abort(clientClosed());
    this.#closed ??= this.#releaseAll().then(() => {
      this.#channelClosed = true;
      this.#broker.close();
    });
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add(lease: Lease): Lease {
    // Lost in the moment of its making, it has told so already and would never be forgotten.
    if (lease.state === "lost") return lease;
    this.#leases.add(lease);
    this.#settings.signalRelease?.add(this.#holder);
    return lease;
  }

  #ended(lease: Lease): void {
    if (this.#leases.delete(lease) && this.#leases.size === 0) {
      this.#settings.signalRelease?.remove(this.#holder);
    }
  }

  async #releaseAll(): Promise<void> {
    await Promise.all([...this.#leases].map((lease) => lease[Symbol.asyncDispose]()));
  }

  async #releaseAllOfProcess(): Promise<void> {
    await Promise.all([this.#releaseAll(), this.#settings.signalRelease?.releaseAll()]);
  }

  async #giveBack(leaseId: string, holderKey: string): Promise<void> {
    // While it closes, the client gives its own leases back; afterwards there is no channel any more.
    if (this.#channelClosed) throw clientClosed();
    await this.#calls.release(leaseId, holderKey);
  }
}

function processIdIf(claimed: boolean): number | null {
  return claimed ? process.pid : null;
}

/** With process ids of its own a container names a process that the broker knows by another id. */
function isNotYourProcess(error: unknown): boolean {
  return error instanceof PortleaseError && error.reason === "NOT_YOUR_PROCESS";
}

function grantedTooLate(ttlMs: number): PortleaseError {
  return clientError(
    "FAILED_PRECONDITION",
    "LEASE_LOST",
    `the broker's answer took nearly the whole TTL of ${ttlMs} ms, so the lease is lost already. Acquire another one.`,
    { ttl_ms: String(ttlMs) },
  );
}

function clientClosed(): PortleaseError {
  const message = "this client was closed; make another one to lease a port.";
  return clientError("FAILED_PRECONDITION", "CLIENT_CLOSED", message);
}
