// Tells the fleet of this broker by way of etcd: that it is there, what its host is like, and its leases. One call of etcd is under way
// at a time, and nobody waits for it. Decides whose turn it is, and what follows from a failure; what is written is for its parts.

import { type Etcd, EtcdError } from "../../etcd/etcd.js";
import type { FleetKeys } from "../../fleet/records/fleet-keys.js";
import type { Clock, Random } from "../domain/boundaries.js";
import type { ChangeFollower } from "../domain/followed-store.js";
import type { SealedChange } from "../domain/records.js";
import type { Timed } from "../housekeeping.js";
import type { FoundProblem } from "../live/problem.js";
import type { Log } from "../log.js";
import type { DrainSource } from "./draining-blocks.js";
import { type FleetFailure, hostIdTaken, unreachable } from "./fleet-problem.js";
import { FleetCounters, type FleetStats } from "./fleet-stats.js";
import { type HostFacts, HostReport } from "./host-report.js";
import { LeaseMirror } from "./lease-mirror.js";
import { FenceLost, Presence } from "./presence.js";
import { RetryPause, shareOf } from "./retry-pause.js";

/** Of the presence's TTL: two may be lost. */
const keepAlivesPerTtl = 3;
/** After etcd was away all hosts come back at once; they compare their leases with it one after the other within this time. */
export const reconnectSpreadMs = 3_000;
/** How long a stop waits for etcd. */
export const farewellMsMax = 2_000;

export interface FleetPublisherParts {
  readonly etcd: Etcd;
  readonly keys: FleetKeys;
  readonly hostId: string;
  readonly brokerId: string;
  readonly startedWallMs: number;
  readonly presenceTtlMs: number;
  /** Real time, which goes on while the broker's stands still. */
  readonly clock: Clock;
  readonly random: Random;
  readonly source: DrainSource;
  readonly describeHost: () => HostFacts;
  /** Resolves after other work of the process had its turn. */
  readonly nextTurn: () => Promise<unknown>;
  /** Resolves after so long, or when the signal says so. */
  readonly pause: (durationMs: number, signal: AbortSignal) => Promise<unknown>;
  readonly log: Log;
  /** Default: changedLeasesMax. */
  readonly changesMax?: number;
}

type Step = () => Promise<void>;

export class FleetPublisher implements ChangeFollower, Timed {
  readonly #parts: FleetPublisherParts;
  readonly #counters = new FleetCounters();
  readonly #presence: Presence;
  readonly #mirror: LeaseMirror;
  readonly #report: HostReport;
  readonly #retry: RetryPause;
  /** What is under way; `null`: nothing. */
  #running: Promise<void> | null = null;
  #begun = false;
  #kicked = false;
  #stopping = false;
  #keepAliveMs = 0;
  /** Who else has the host's id; `null`: nobody. */
  #takenBy: string | null = null;
  /** Since when etcd has not had everything because it fails; `null`: it does not. */
  #failure: (FleetFailure & { readonly sinceMs: number }) | null = null;

  constructor(parts: FleetPublisherParts) {
    this.#parts = parts;
    const { keys, hostId, brokerId, startedWallMs, presenceTtlMs, clock, random } = parts;
    const shared = { ...parts, counters: this.#counters };
    const record = { brokerId, startedWallMs };
    const key = keys.presence(hostId);
    this.#presence = new Presence({ ...shared, key, record, ttlMs: presenceTtlMs });
    this.#mirror = new LeaseMirror({ ...shared, presence: this.#presence });
    this.#report = new HostReport(parts.describeHost, clock);
    this.#retry = new RetryPause(random);
  }

  get stats(): FleetStats {
    return {
      ...this.#counters.all,
      connected: this.#presence.registered && this.#failure === null && this.#mirror.inSync,
      hostIdTaken: this.#takenBy !== null,
      pending: this.#mirror.pending,
    };
  }

  /** What keeps the fleet from hearing of this broker now; `null`: nothing. */
  get problem(): FoundProblem | null {
    if (this.#failure !== null) {
      return unreachable(this.#failure, this.#parts.clock.monotonicMs() - this.#failure.sinceMs);
    }
    return this.#takenBy === null ? null : hostIdTaken(this.#parts.hostId, this.#takenBy);
  }

  committed(changes: readonly SealedChange[]): void {
    this.#mirror.committed(changes);
    if (!this.#begun || this.#kicked || this.#running !== null) return;
    this.#kicked = true;
    // The callers whose changes these are get their answers first, and several commits make one write.
    void this.#parts.nextTurn().then(() => {
      this.#kicked = false;
      this.#begin();
    });
  }

  doubtful(): void {
    this.#mirror.doubtful();
  }

  loaded(): void {
    this.#mirror.loaded();
  }

  /** Begins what is due, unless something is under way, which goes on by itself. Before the first turn nothing is told. */
  advance(): number | null {
    this.#begun = true;
    return this.#begin();
  }

  #begin(): number | null {
    if (this.#running !== null) return null;
    const dueMs = this.#dueMs();
    const nowMs = this.#parts.clock.monotonicMs();
    if (dueMs > nowMs) return dueMs === Infinity ? null : dueMs - nowMs;
    this.#running = this.#run().finally(() => {
      this.#running = null;
    });
    return null;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Tells what is still to be told, and that the broker stops, as far as etcd takes that within two seconds. Idempotent. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    if (this.#presence.registered && this.#failure === null) {
      const ended = new AbortController();
      const pause = this.#parts.pause(farewellMsMax, ended.signal).catch(() => undefined);
      await Promise.race([this.#sayFarewell(), pause]);
      ended.abort();
    }
    this.#parts.etcd.close();
    await this.idle();
  }

  async #sayFarewell(): Promise<void> {
    try {
      await this.idle();
      while (this.#mirror.inSync && this.#mirror.pending > 0) await this.#mirror.step();
      await this.#presence.write([{ put: this.#hostKey, value: this.#report.farewell() }]);
      await this.#presence.leave();
    } catch (error) {
      // The presence runs out by itself.
      this.#parts.log.debug("the fleet was not told that the broker stops", { error });
    }
  }

  get #hostKey(): string {
    return this.#parts.keys.host(this.#parts.hostId);
  }

  /** Monotonic; Infinity: not before something happens. */
  #dueMs(): number {
    if (this.#stopping) return Infinity;
    const { dueMs: retryMs } = this.#retry;
    if (!this.#presence.registered) return retryMs;
    const dueMs = Math.min(this.#keepAliveMs, this.#report.dueMs, this.#mirror.dueMs ?? Infinity);
    return Math.max(retryMs, dueMs);
  }

  async #run(): Promise<void> {
    for (let step = this.#nextStep(); step !== null; step = this.#nextStep()) {
      try {
        await step();
      } catch (error) {
        if (this.#stopping) return;
        if (error instanceof FenceLost) this.#lostPresence();
        else this.#failed(error);
      }
    }
  }

  /** That the broker is there comes first, then its host, then its leases. */
  #nextStep(): Step | null {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#dueMs() > nowMs) return null;
    if (!this.#presence.registered) return () => this.#register();
    if (this.#keepAliveMs <= nowMs) return () => this.#keepAlive();
    if (this.#report.dueMs <= nowMs) return () => this.#tellHost();
    return () => this.#tellLeases();
  }

  async #register(): Promise<void> {
    const { clock, presenceTtlMs, hostId, log } = this.#parts;
    const takenBy = await this.#presence.register();
    const nowMs = clock.monotonicMs();
    if (takenBy !== null) {
      if (this.#takenBy === null) {
        log.warn("another broker has this host's id in the fleet", {
          host: hostId,
          reason: takenBy,
        });
      }
      this.#takenBy = takenBy;
      this.#failure = null;
      this.#retry.waitFor(nowMs, presenceTtlMs / keepAlivesPerTtl);
      return;
    }
    this.#takenBy = null;
    this.#keepAliveMs = nowMs + presenceTtlMs / keepAlivesPerTtl;
    this.#report.forget();
    this.#mirror.lose();
  }

  async #keepAlive(): Promise<void> {
    const { clock, presenceTtlMs } = this.#parts;
    this.#keepAliveMs = clock.monotonicMs() + presenceTtlMs / keepAlivesPerTtl;
    if (!(await this.#presence.keepAlive())) this.#lostPresence();
  }

  async #tellHost(): Promise<void> {
    const value = this.#report.takeDue();
    if (value === null) return;
    await this.#presence.write([{ put: this.#hostKey, value }]);
    this.#report.said();
    if (this.#mirror.adrift) this.#mirror.compareAt(this.#compareMs());
  }

  async #tellLeases(): Promise<void> {
    await this.#mirror.step();
    if (!this.#mirror.inSync) return;
    this.#retry.reset();
    if (this.#failure === null) return;
    this.#failure = null;
    this.#parts.log.info("the fleet hears of this broker again", { host: this.#parts.hostId });
  }

  #compareMs(): number {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#failure === null) return nowMs;
    return nowMs + shareOf(this.#parts.random) * reconnectSpreadMs;
  }

  /** Nothing of ours can be written: it is registered anew at once. */
  #lostPresence(): void {
    this.#parts.log.info("the fleet lost this broker's presence; it is told again", {
      host: this.#parts.hostId,
    });
    this.#mirror.lose();
  }

  #failed(error: unknown): void {
    const { clock, log, hostId } = this.#parts;
    const why = error instanceof Error ? error.message : String(error);
    const nowMs = clock.monotonicMs();
    this.#counters.failures += 1;
    const { sinceMs, sinceWallMs } = this.#failure ?? {
      sinceMs: nowMs,
      sinceWallMs: clock.wallMs(),
    };
    if (this.#failure === null) {
      log.warn("the fleet does not hear of this broker", { host: hostId, reason: why });
    }
    if (!(error instanceof EtcdError)) log.error("telling the fleet failed", { error });
    const code = error instanceof EtcdError ? error.code : null;
    this.#failure = { why, code, sinceMs, sinceWallMs };
    this.#keepAliveMs = nowMs;
    this.#report.forget();
    this.#mirror.lose();
    this.#retry.failed(nowMs);
  }
}
