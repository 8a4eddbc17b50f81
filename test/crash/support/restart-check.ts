// After a restart: everything that was acknowledged is there, nothing is there twice, and what was not answered can be asked
// again. Settles the history, so that the load can go on from it.

import { fromMs, type LeaseCaller, toMs } from "../../support/lease-caller.js";
import { RpcFailure } from "../../support/rpc-failure.js";
import type { SeededRandom } from "../../support/seeded-random.js";
import type { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { describe, type KnownLease, type LeaseHistory, portsOf } from "./lease-history.js";

/** How many of each kind are asked again; all of them after every restart would take minutes. */
const sampleSize = 25;

export class RestartCheck {
  readonly #caller: LeaseCaller;
  readonly #history: LeaseHistory;
  readonly #random: SeededRandom;
  #listed: ReadonlyMap<string, Lease> = new Map();

  constructor(caller: LeaseCaller, history: LeaseHistory, random: SeededRandom) {
    this.#caller = caller;
    this.#history = history;
    this.#random = random;
  }

  async run(): Promise<void> {
    const leases = await this.#caller.list(100);
    const listedMs = performance.now();
    this.#listed = new Map(leases.map((lease) => [lease.leaseId, lease]));
    this.#checkNoPortTwice(leases);
    for (const lease of this.#history.leases) this.#checkListed(lease, listedMs);
    await this.#settleReleases();
    await this.#repeatUnanswered(leases);
    const known = this.#history.leases.filter(({ fields }) => fields.requestId);
    const held = known.filter(({ state }) => state === "held");
    const released = known.filter(({ state }) => state === "released");
    await Promise.all(this.#sample(held).map((lease) => this.#repeatHeld(lease)));
    await Promise.all(this.#sample(released).map((lease) => this.#repeatReleased(lease)));
    await Promise.all(this.#sample(this.#history.held()).map((lease) => this.#renew(lease)));
  }

  #violation(text: string): void {
    this.#history.violations.push(`after the restart: ${text}`);
  }

  #checkNoPortTwice(leases: readonly Lease[]): void {
    const byPort = new Map<number, Lease>();
    for (const lease of leases) {
      for (const port of portsOf(lease)) {
        const other = byPort.get(port);
        if (other !== undefined) {
          this.#violation(`port ${port} is in ${other.leaseId} and in ${lease.leaseId}`);
        }
        byPort.set(port, lease);
      }
    }
  }

  #checkListed(lease: KnownLease, listedMs: number): void {
    const listed = this.#listed.get(lease.leaseId);
    if (listed === undefined) {
      if (lease.state !== "held") return;
      if (listedMs < lease.safeUntilMs) this.#violation(`${describe(lease)} is lost`);
      lease.state = "expired";
      return;
    }
    this.#history.seenLive(lease, "listed");
    const same =
      listed.port === lease.port &&
      listed.portCount === lease.portCount &&
      listed.generation === lease.generation;
    if (!same) this.#violation(`${describe(lease)} is listed with port ${listed.port}`);
    this.#checkTtl(lease, toMs(listed.ttl));
  }

  /** A TTL that was acknowledged is kept; one without an answer may be. */
  #checkTtl(lease: KnownLease, ttlMs: number): void {
    if (lease.state === "held" && ttlMs !== lease.ttlMs && ttlMs !== lease.ttlAskedMs) {
      this.#violation(`${describe(lease)} has TTL ${ttlMs}, acknowledged was ${lease.ttlMs}`);
    }
    lease.ttlMs = ttlMs;
    lease.ttlAskedMs = null;
  }

  /** A release without an answer happened or did not: asked again, it has. */
  async #settleReleases(): Promise<void> {
    const asked = this.#history.leases.filter(({ state }) => state === "release-asked");
    await Promise.all(
      asked.map(async (lease) => {
        const { alreadyEnded } = await this.#caller.release({ ...lease, allowMissing: true });
        const wasListed = this.#listed.has(lease.leaseId);
        const canExpire = performance.now() >= lease.safeUntilMs;
        if (alreadyEnded === wasListed && !canExpire) {
          this.#violation(`${describe(lease)}: listed ${wasListed}, already ended ${alreadyEnded}`);
        }
        this.#history.released(lease);
      }),
    );
  }

  /** An acquire without an answer happened or did not: asked again, it gives the lease that is listed, or a new one. */
  async #repeatUnanswered(leases: readonly Lease[]): Promise<void> {
    const byInstance = new Map(leases.map((lease) => [lease.holder?.instance, lease]));
    const { unanswered } = this.#history;
    for (let fields = unanswered.take(); fields !== null; fields = unanswered.take()) {
      const listed = byInstance.get(fields.holder?.instance ?? "");
      const sentMs = performance.now();
      try {
        const answer = await this.#caller.acquire(fields);
        this.#history.acknowledged(fields, answer, sentMs);
        if (listed !== undefined && listed.leaseId !== answer.leaseId) {
          this.#violation(`${listed.leaseId} was listed, its request got ${answer.leaseId}`);
        }
      } catch (error) {
        if (!(error instanceof RpcFailure)) throw error;
        const { reason } = error;
        if (reason === "LEASE_ENDED" || (isFull(reason) && listed === undefined)) continue;
        this.#violation(`a request without an answer, repeated: ${error.message}`);
      }
    }
  }

  async #repeatHeld(lease: KnownLease): Promise<void> {
    const sentMs = performance.now();
    try {
      const answer = await this.#caller.acquire(lease.fields);
      if (answer.leaseId !== lease.leaseId) {
        this.#violation(`the request of ${describe(lease)}, repeated, got ${answer.leaseId}`);
      }
      this.#history.acknowledged(lease.fields, answer, sentMs);
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      if (error.reason === "LEASE_ENDED") this.#history.saidToBeGone(lease, "request repeated");
      else this.#violation(`the request of ${describe(lease)}, repeated: ${error.message}`);
      return;
    }
    const changed = { ...lease.fields, ttl: fromMs(lease.ttlMs + 1_000) };
    await this.#mustFail(lease, this.#caller.acquire(changed), "REQUEST_ID_REUSED");
  }

  async #repeatReleased(lease: KnownLease): Promise<void> {
    await this.#mustFail(lease, this.#caller.acquire(lease.fields), "LEASE_ENDED");
    await this.#mustFail(lease, this.#caller.renew(lease), "LEASE_NOT_FOUND");
  }

  async #mustFail(lease: KnownLease, call: Promise<unknown>, reason: string): Promise<void> {
    try {
      await call;
      this.#violation(`a call that must fail with ${reason} succeeded; ${describe(lease)}`);
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      if (error.reason === reason) return;
      this.#violation(`a call must fail with ${reason}; ${describe(lease)}: ${error.message}`);
    }
  }

  async #renew(lease: KnownLease): Promise<void> {
    const sentMs = performance.now();
    try {
      await this.#caller.renew(lease);
      this.#history.renewed(lease, sentMs);
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      if (error.reason === "LEASE_NOT_FOUND") this.#history.saidToBeGone(lease, "renewal");
      else this.#violation(`renewing ${describe(lease)}: ${error.message}`);
    }
  }

  #sample<T>(all: readonly T[]): readonly T[] {
    const rest = [...all];
    const picked: T[] = [];
    while (picked.length < sampleSize && rest.length > 0) {
      picked.push(...rest.splice(this.#random.integer(rest.length), 1));
    }
    return picked;
  }
}

function isFull(reason: string): boolean {
  return reason === "POOL_FULL" || reason === "NO_CONTIGUOUS_RUN";
}
