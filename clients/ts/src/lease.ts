// A lease as the application holds it: its facts, its state, its events, and the servers that listen on it. It ends with
// `release()`. Renewing is lease-keeper.ts, binding is listen.ts.

import { EventEmitter } from "node:events";
import type { Server } from "node:net";
import { inspect, type InspectOptions } from "node:util";
import type { Server as GrpcServer, ServerCredentials } from "@grpc/grpc-js";
import type { LesseeSockets } from "@portlease/native";
import type { PortReservation, Warning } from "@portlease/proto/portlease/v1/lease.js";
import type { Clock } from "./clock.js";
import { clientError, type PortleaseError } from "./errors.js";
import type { Grant } from "./grant.js";
import type { KeptLease, LeaseObserver } from "./kept-lease.js";
import type { LeaseEvents, LeaseLost } from "./lease-events.js";
import type { LeaseInfo, LeaseProtocol } from "./lease-info.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import { leaseMoments } from "./lease-timing.js";
import type { LeaseState, LeaseTrack } from "./lease-track.js";
import { InjectedGrpcListener, type GrpcListener } from "./listen-grpc.js";
import { listenOnPort, type LeaseListenOptions } from "./listen.js";
import type { Log } from "./log.js";

/** What a lease needs of its client. */
export interface LeaseHome {
  readonly clock: Clock;
  readonly keeper: LeaseKeeper;
  readonly log: Log;
  /** Opened at the first bind. */
  readonly sockets: () => LesseeSockets;
  /** Tells the broker. Rejects with PortleaseError. */
  readonly giveBack: (leaseId: string, holderKey: string) => Promise<void>;
  /** The lease needs nothing any more. */
  readonly ended: (lease: Lease) => void;
}

export type OnLost = "close" | ((lost: LeaseLost) => void) | null;

/**
 * The exclusive right to one port, or to a run of consecutive ports. Renewed by itself until `release()`; a held lease keeps the
 * process running, like a server that listens. Events: {@link LeaseEvents}.
 */
export class Lease extends EventEmitter<LeaseEvents> implements AsyncDisposable {
  readonly #grant: Grant;
  readonly #home: LeaseHome;
  readonly #onLost: OnLost;
  readonly #kept: KeptLease;
  /** How to stop each server that listens on the lease. */
  readonly #stops = new Map<Server, () => void>();
  #reservations: readonly PortReservation[];
  #ttlMs: number;
  #released: Promise<void> | null = null;

  /** Made by `LeaseClient.acquire`. */
  constructor(grant: Grant, track: LeaseTrack, home: LeaseHome, onLost: OnLost) {
    super();
    this.#grant = grant;
    this.#home = home;
    this.#onLost = onLost;
    this.#reservations = grant.reservations;
    this.#ttlMs = grant.ttlMs;
    this.#warn(grant.warnings);
    this.#kept = home.keeper.keep(grant.leaseId, grant.holderKey, track, this.#observer());
  }

  /** The lease's public name. */
  get leaseId(): string {
    return this.#grant.leaseId;
  }

  get pool(): string {
    return this.#grant.pool;
  }

  get protocol(): LeaseProtocol {
    return this.#grant.protocol;
  }

  /** The port, or the first one of a run. */
  get port(): number {
    return this.#grant.ports[0] ?? 0;
  }

  /** All ports, rising. */
  get ports(): readonly number[] {
    return this.#grant.ports;
  }

  /** Rises each time a port is leased again. Hand it to what you call, so that a late writer with an older one can be refused. */
  get generation(): bigint {
    return this.#grant.generation;
  }

  /** The time to live that the broker granted last, in milliseconds. */
  get ttlMs(): number {
    return this.#ttlMs;
  }

  /** Secret: whoever has it can release the lease or take its socket. Never log it; nothing here shows it by itself. */
  get holderKey(): string {
    return this.#grant.holderKey;
  }

  /** How the ports are reserved and bound, with the kernel's tokens. Secret as `holderKey` is. May change while leased. */
  get reservations(): readonly PortReservation[] {
    return this.#reservations;
  }

  /**
   * What may be relied on at this moment:
   * - `safe`: the port is yours, and renewals are in time.
   * - `jeopardy`: yours as far as is known; but less than a third of the TTL is left without a renewal, or this process was paused
   *   and the broker has not confirmed the lease since. Goes back to `safe` or on to `lost`.
   * - `lost`: not yours any more. Final. Comes before the broker may lease the port to somebody else.
   * - `released`: you gave it back. Final.
   */
  get state(): LeaseState {
    return this.#home.keeper.stateOf(this.#kept);
  }

  /**
   * Makes a server listen on the leased port; resolves when it does. Takes what extends net.Server: http, https, http2, tls, net.
   * Rejects with LEASE_LOST, LEASE_IN_DOUBT, PORT_NOT_IN_LEASE, OPTION_INVALID or BIND_FAILED (`cause` says why).
   * Close the server before you release the lease: a port that is bound is leased to nobody.
   */
  async listen(server: Server, options: LeaseListenOptions = {}): Promise<void> {
    await this.#listen(server, options, () => server.close());
  }

  /**
   * Serves a grpc-js server on the leased port; register its services before. `credentials`: default none (plaintext).
   * Rejects as `listen` does.
   */
  async listenGrpc(
    server: GrpcServer,
    credentials?: ServerCredentials,
    options: LeaseListenOptions = {},
  ): Promise<GrpcListener> {
    const listener = new InjectedGrpcListener(this.#portFor(options.port), server, credentials);
    await this.#listen(listener.netServer, options, () => void listener.close());
    return listener;
  }

  /**
   * Gives the port back and stops renewing; resolves when the broker knows. Idempotent; no-op for a lost lease.
   * Rejects with PortleaseError when the broker cannot be told: the lease then runs out by its TTL, and may be released again.
   */
  release(): Promise<void> {
    this.#released ??= this.#release().catch((error: unknown) => {
      this.#released = null;
      throw error;
    });
    return this.#released;
  }

  /** Releases at the end of an `await using` block. Never throws: a lease that cannot be released runs out by its TTL. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.release();
    } catch (error) {
      this.#home.log("warn", "a lease could not be released; it runs out by its TTL", {
        leaseId: this.leaseId,
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }

  /** What may be shown to anybody. */
  toJSON(): LeaseInfo {
    const { leaseId, pool, protocol, ports, ttlMs, state } = this;
    return { leaseId, pool, protocol, ports, generation: String(this.generation), ttlMs, state };
  }

  /** The same for `console.log`, also with `showHidden`. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Lease ${inspect(this.toJSON(), options)}`;
  }

  async #release(): Promise<void> {
    if (this.state === "lost") return;
    this.#home.keeper.drop(this.#kept);
    try {
      await this.#home.giveBack(this.leaseId, this.holderKey);
    } finally {
      this.#home.ended(this);
    }
  }

  async #listen(server: Server, options: LeaseListenOptions, stop: () => void): Promise<void> {
    const target = {
      port: this.#portFor(options.port),
      reservations: this.#reservations,
      sockets: this.#home.sockets,
      checkHeld: () => this.#checkHeld(),
    };
    // A server that listens on this lease already fails below, and is closed at a loss all the same.
    const known = this.#stops.has(server);
    const forget = (): void => void this.#stops.delete(server);
    if (!known) {
      this.#stops.set(server, stop);
      server.once("close", forget);
    }
    try {
      await listenOnPort(server, target, options);
    } catch (error) {
      if (!known) {
        server.off("close", forget);
        forget();
      }
      throw error;
    }
  }

  #portFor(wanted: number | undefined): number {
    const { leaseId, ports, protocol } = this.#grant;
    const port = wanted ?? this.port;
    if (ports.includes(port) && protocol !== "udp") return port;
    const has = protocol === "udp" ? "UDP ports only" : `ports ${ports.join(", ")}`;
    throw clientError(
      "INVALID_ARGUMENT",
      "PORT_NOT_IN_LEASE",
      `cannot listen on TCP port ${port}: lease ${leaseId} has ${has}.`,
      { lease_id: leaseId, port: String(port) },
    );
  }

  /** Throws unless the port is ours at this moment. */
  #checkHeld(): void {
    const { state, leaseId, port } = this;
    const { deadlineMs } = this.#kept.track;
    if (state === "safe") return;
    const metadata = { lease_id: leaseId, port: String(port), state };
    if (state === "jeopardy") {
      if (this.#home.clock.monotonicMs() < deadlineMs) return;
      throw clientError(
        "FAILED_PRECONDITION",
        "LEASE_IN_DOUBT",
        `cannot listen on port ${port}: this process was paused past the deadline of lease ${leaseId}, and the broker has not ` +
          `confirmed it yet. Wait for the event "safe" or "lost".`,
        metadata,
      );
    }
    throw clientError(
      "FAILED_PRECONDITION",
      "LEASE_LOST",
      `cannot listen on port ${port}: lease ${leaseId} is ${state}, and the port may be somebody else's. Acquire another lease.`,
      metadata,
    );
  }

  #observer(): LeaseObserver {
    return {
      changed: (state, track, failure) => this.#changed(state, track, failure),
      renewed: (ttlMs) => {
        this.#ttlMs = ttlMs;
        this.#tell(() => this.emit("renewed"));
      },
      reservationsChanged: (reservations) => {
        this.#reservations = reservations;
      },
      warned: (warnings) => this.#warn(warnings),
      drainAsked: (message) => this.#tell(() => this.emit("drain", message)),
    };
  }

  /** May be called while the constructor still runs, so it does not look at `#kept`. */
  #changed(state: LeaseState, track: LeaseTrack, failure: PortleaseError | null): void {
    const { leaseId, port } = this;
    if (state === "safe") this.#tell(() => this.emit("safe"));
    if (state === "jeopardy") {
      const cause = track.doubt === null ? "unrenewed" : "paused";
      const { lostAtMs } = leaseMoments(track.deadlineMs, track.ttlMs);
      const endMs = Math.max(lostAtMs, track.doubt?.untilMs ?? 0);
      const leftMs = Math.max(0, endMs - this.#home.clock.monotonicMs());
      this.#home.log("warn", "a lease is in jeopardy", { leaseId, port, cause });
      this.#tell(() => this.emit("jeopardy", { cause, leftMs }));
    }
    if (track.end?.state !== "lost") return;
    const { reason, message } = track.end;
    // Silence has a cause that is worth telling; what the broker says needs none.
    const silent = reason === "DEADLINE_PASSED" || reason === "UNCONFIRMED";
    const why = silent && failure !== null ? `; the last try failed: ${failure.message}` : "";
    this.#lost({ reason, message: `${message}${why}` });
  }

  #lost(lost: LeaseLost): void {
    const { leaseId, port } = this;
    this.#home.log("warn", "a lease is lost", { leaseId, port, ...lost });
    this.#home.ended(this);
    const onLost = this.#onLost;
    // At once, not a tick later: each connection that is accepted from now on may be meant for somebody else.
    if (onLost === "close") for (const stop of this.#stops.values()) stop();
    else if (onLost !== null) this.#tell(() => onLost(lost));
    this.#tell(() => this.emit("lost", lost));
  }

  #warn(warnings: readonly Warning[]): void {
    for (const { reason, message } of warnings) {
      this.#home.log("warn", message, { leaseId: this.leaseId, port: this.port, reason });
    }
  }

  /** A tick later, so that a listener that throws does so by itself and not in the middle of renewing other leases. */
  #tell(emit: () => unknown): void {
    process.nextTick(emit);
  }
}
