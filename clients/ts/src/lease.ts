// A lease as the application holds it: its facts, its state and its events. It ends with `release()`. Renewing is
// lease-keeper.ts, the sockets on its ports are lease-sockets.ts.

import type { Socket as DgramSocket } from "node:dgram";
import { EventEmitter } from "node:events";
import type { Server } from "node:net";
import { inspect, type InspectOptions } from "node:util";
import type { Server as GrpcServer, ServerCredentials } from "@grpc/grpc-js";
import type { BoundSocket } from "@portlease/native";
import type { PortReservation, Warning } from "@portlease/proto/portlease/v1/lease.js";
import type { RenewLeaseResponse } from "@portlease/proto/portlease/v1/lease_service.js";
import { sameReservations } from "./binding/how-reserved.js";
import type { LeasedBinder } from "./binding/leased-binder.js";
import type { Clock } from "./clock.js";
import { clientError, type PortleaseError } from "./errors.js";
import type { Grant } from "./grant.js";
import type { KeptLease, LeaseObserver } from "./kept-lease.js";
import type { LeaseEvents, LeaseLost } from "./lease-events.js";
import type { LeaseInfo, LeaseProtocol } from "./lease-info.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import { LeaseSockets, type SocketLease } from "./lease-sockets.js";
import { leaseMoments } from "./lease-timing.js";
import type { LeaseState, LeaseTrack } from "./lease-track.js";
import { InjectedGrpcListener, type GrpcListener } from "./listen-grpc.js";
import type { Log } from "./log.js";
import type { LeaseBindOptions, LeaseListenOptions, LeaseSocketOptions } from "./socket-options.js";

/** What a lease needs of its client. */
export interface LeaseHome {
  readonly clock: Clock;
  readonly keeper: LeaseKeeper;
  readonly log: Log;
  readonly binder: LeasedBinder;
  /** Asks the broker for the lease once more. Rejects with PortleaseError. */
  readonly renew: (leaseId: string, holderKey: string) => Promise<RenewLeaseResponse>;
  /** Tells the broker. Rejects with PortleaseError. */
  readonly giveBack: (leaseId: string, holderKey: string) => Promise<void>;
  /** The lease needs nothing any more. */
  readonly ended: (lease: Lease) => void;
  /** Ends the process, soon: `onLost: "exit"`. */
  readonly exit: (lease: Lease, lost: LeaseLost) => void;
}

export type OnLost = "close" | "exit" | ((lost: LeaseLost) => void) | null;

/**
 * The exclusive right to one port, or to a run of consecutive ports. Renewed by itself until `release()`; a held lease keeps the
 * process running, like a server that listens. Events: {@link LeaseEvents}.
 */
export class Lease extends EventEmitter<LeaseEvents> implements AsyncDisposable {
  readonly #grant: Grant;
  readonly #home: LeaseHome;
  readonly #onLost: OnLost;
  readonly #kept: KeptLease;
  readonly #sockets: LeaseSockets;
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
    this.#sockets = new LeaseSockets(this.#asBindable(), home.binder);
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

  /**
   * How the ports are reserved and bound, with the kernel's tokens. Secret as `holderKey` is. May change while leased: the event
   * `tokenChanged` says so. `listen` and `bind` always use what is valid.
   */
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
   * Rejects with LEASE_LOST, LEASE_IN_DOUBT, PORT_NOT_IN_LEASE, OPTION_INVALID, CLIENT_CLOSED or BIND_FAILED (`cause` says
   * why: a NativeError, or the broker's PortleaseError).
   * Close the server before you release the lease: a port that is bound is leased to nobody.
   */
  async listen(server: Server, options: LeaseListenOptions = {}): Promise<void> {
    await this.#sockets.listen(server, options, () => server.close());
  }

  /**
   * Binds a dgram socket, not bound yet, to the leased UDP port; resolves when it receives. Its own `ipv6Only` and buffer sizes
   * do not count: give `ipv6Only` here and set the sizes afterwards. Rejects as `listen` does. Close it before you release.
   */
  async bind(socket: DgramSocket, options: LeaseBindOptions = {}): Promise<void> {
    await this.#sockets.bindDatagram(socket, options);
  }

  /**
   * Binds the leased port and gives the bare socket out, for those who pass it to another program. It is the caller's to close,
   * also when the lease is lost. Rejects as `listen` does.
   */
  openSocket(options: LeaseSocketOptions = {}): Promise<BoundSocket> {
    return this.#sockets.open(options);
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
    const port = this.#sockets.portFor("tcp", options.port);
    const listener = new InjectedGrpcListener(port, server, credentials);
    await this.#sockets.listen(listener.netServer, options, () => void listener.close());
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

  #asBindable(): SocketLease {
    const { leaseId, holderKey, protocol, ports } = this.#grant;
    const reservations = (): readonly PortReservation[] => this.#reservations;
    return {
      leaseId,
      holderKey,
      protocol,
      ports,
      get reservations() {
        return reservations();
      },
      renewReservations: async () => {
        const renewed = await this.#home.renew(leaseId, holderKey);
        if (renewed.reservations.length > 0) this.#takeReservations(renewed.reservations);
        this.#warn(renewed.warnings);
      },
      checkHeld: (port) => this.#checkHeld(port),
    };
  }

  /** Throws unless the port is ours at this moment. */
  #checkHeld(port: number): void {
    const { state, leaseId } = this;
    const { deadlineMs } = this.#kept.track;
    if (state === "safe") return;
    const metadata = { lease_id: leaseId, port: String(port), state };
    if (state === "jeopardy") {
      if (this.#home.clock.monotonicMs() < deadlineMs) return;
      throw clientError(
        "FAILED_PRECONDITION",
        "LEASE_IN_DOUBT",
        `cannot bind port ${port}: this process was paused past the deadline of lease ${leaseId}, and the broker has not ` +
          `confirmed it yet. Wait for the event "safe" or "lost".`,
        metadata,
      );
    }
    throw clientError(
      "FAILED_PRECONDITION",
      "LEASE_LOST",
      `cannot bind port ${port}: lease ${leaseId} is ${state}, and the port may be somebody else's. Acquire another lease.`,
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
      reservationsChanged: (reservations) => this.#takeReservations(reservations),
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
    if (onLost === "close" || onLost === "exit") this.#sockets.stopAll();
    else if (onLost !== null) this.#tell(() => onLost(lost));
    this.#tell(() => this.emit("lost", lost));
    if (onLost === "exit") this.#home.exit(this, lost);
  }

  /** After a restart the broker sends them to be safe, changed or not. */
  #takeReservations(reservations: readonly PortReservation[]): void {
    const changed = !sameReservations(this.#reservations, reservations);
    this.#reservations = reservations;
    if (changed) this.#tell(() => this.emit("tokenChanged"));
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
