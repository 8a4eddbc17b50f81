// A block made of reservations with tokens: one for all of its ports, or one for each, or pieces. Which ports, and what leases
// they have, is the callers' business; how a reservation is made is that of its maker.

import { setImmediate as nextTurn } from "node:timers/promises";
import type {
  BindForTransferRequest,
  BindMethod,
  Isolation,
  PortCheck,
  PortRun,
  ReservationKind,
  ReservedBlock,
  TokenRange,
  TransferableSocket,
  TransportProtocol,
} from "../host-ports.js";
import { checkPortOfBlock, lastPortOf } from "../port-runs.js";
import type { PortTrials } from "./bind-port.js";
import { explainError } from "./error-table.js";
import type { PortSockets } from "./port-sockets.js";
import { isFailure, type Reservation, type ReservationMaker } from "./reservations.js";
import { bindForTransfer } from "./transferable-socket.js";
import { win32Error, type Win32Failure } from "./win32-failure.js";

/** Reservations that are made or removed before other work of the process gets its turn: a few milliseconds. */
export const reservationsPerSlice = 64;

/** What a block needs of the host. */
export interface TokenBlockHost {
  readonly maker: ReservationMaker;
  readonly trials: Pick<PortTrials, "tryPort">;
  readonly sockets: PortSockets;
}

export class TokenBlock implements ReservedBlock {
  readonly kind: ReservationKind;
  readonly protocol: TransportProtocol;
  readonly bindMethod: BindMethod;
  readonly isolation: Isolation;
  readonly firstPort: number;
  readonly portCount: number;
  readonly #host: TokenBlockHost;
  /** By offset from the first port; `null` is a port that is not covered. */
  readonly #reservations: (Reservation | null)[];
  /** Asked for with every answer about a lease, and seldom another one; `null` when it must be found out anew. */
  #uncovered: readonly number[] | null = null;
  #released = false;
  #ending: Promise<void> = Promise.resolve();

  /** `reservations` are disjoint and within the run; the ports of none of them are uncovered. */
  constructor(
    host: TokenBlockHost,
    run: PortRun,
    isolation: Isolation,
    reservations: readonly Reservation[],
  ) {
    this.#host = host;
    this.kind = host.maker.kind;
    this.protocol = host.maker.protocol;
    this.bindMethod = host.maker.bindMethod;
    this.isolation = isolation;
    this.firstPort = run.firstPort;
    this.portCount = run.portCount;
    this.#reservations = Array.from({ length: run.portCount }, () => null);
    for (const reservation of reservations) this.#put(reservation.run, reservation);
  }

  reservationOf(port: number): TokenRange {
    const reservation = this.#at(port);
    if (reservation === null) return { token: 0n, firstPort: port, portCount: 1 };
    return { token: reservation.token, ...reservation.run };
  }

  reclaimPort(port: number): PortCheck {
    let reservation = this.#at(port);
    if (reservation === null) return this.#coverAndTry(port);
    let failure = this.#try(port, reservation);
    if (failure !== null && this.#lookAgain(reservation, failure)) {
      reservation = this.#at(port);
      if (reservation === null) return this.#coverAndTry(port);
      failure = this.#try(port, reservation);
    }
    if (failure !== null) return inUse(failure, port);
    return this.isolation === "per-lease" ? this.#makeAnew(port, reservation) : { state: "free" };
  }

  coverPort(port: number): PortCheck {
    if (this.#at(port) !== null) return { state: "free" };
    const made = this.#host.maker.make({ firstPort: port, portCount: 1 });
    if (isFailure(made)) return inUse(made, port);
    this.#put(made.run, made);
    return { state: "free" };
  }

  uncoveredPorts(): readonly number[] {
    this.#uncovered ??= this.#reservations.flatMap((reservation, offset) =>
      reservation === null ? [this.firstPort + offset] : [],
    );
    return this.#uncovered;
  }

  /** What was made with a socket lives as long as the socket, and the others are looked up with `hasReservation`. */
  verifyPort(port: number): boolean {
    this.#at(port);
    return true;
  }

  /** Not for this kind: see `lendsPorts`. */
  lendPort(): void {}

  takeBackPort(): void {}

  bindForTransfer(request: BindForTransferRequest): TransferableSocket {
    const reservation = this.#at(request.port);
    return bindForTransfer(this.#host.sockets, this.protocol, request, reservation);
  }

  release(): Promise<void> {
    this.#released = true;
    return this.#host.maker.outlivesProcess ? this.#ending : this.remove();
  }

  remove(): Promise<void> {
    this.#released = true;
    this.#ending = this.#ending.catch(() => undefined).then(() => this.#removeAll());
    return this.#ending;
  }

  /** Goes on after a failure, so that as much as possible is given back; rejects with the first. */
  async #removeAll(): Promise<void> {
    let firstFailure: Error | null = null;
    let count = 0;
    for (const reservation of new Set(this.#reservations)) {
      if (reservation === null) continue;
      count += 1;
      if (count % reservationsPerSlice === 0) await nextTurn();
      const failure = this.#host.maker.remove(reservation);
      if (failure === null || isAbsent(failure)) this.#put(reservation.run, null);
      else firstFailure ??= win32Error(failure, forRun(reservation.run));
    }
    if (firstFailure !== null) throw firstFailure;
  }

  #coverAndTry(port: number): PortCheck {
    const covered = this.coverPort(port);
    const reservation = this.#at(port);
    if (covered.state !== "free" || reservation === null) return covered;
    const failure = this.#try(port, reservation);
    return failure === null ? { state: "free" } : inUse(failure, port);
  }

  /** The port is shown unbound; what its past holder knows of it dies with the old reservation. */
  #makeAnew(port: number, reservation: Reservation): PortCheck {
    const removed = this.#host.maker.remove(reservation);
    if (removed !== null && !isAbsent(removed))
      throw win32Error(removed, `for port ${port}`, { port });
    this.#put(reservation.run, null);
    return this.coverPort(port);
  }

  /**
   * After a port could not be bound: true when the reservation has another token now, or was removed behind our back. What
   * Windows answers to a token that it does not know is not documented, nor at which call, so that it is asked what it knows.
   */
  #lookAgain(reservation: Reservation, failure: Win32Failure): boolean {
    const { maker } = this.#host;
    const { code } = explainError(failure.api, failure.errorNumber);
    const mayBeGone = code === "RESERVATION_GONE" || code === "ACCESS_DENIED";
    // What ends with this process cannot be looked up, and must not be given up for a lack of memory.
    if (!maker.outlivesProcess && !mayBeGone) return false;
    const found = maker.find(reservation.run);
    if (isFailure(found)) throw win32Error(found, forRun(reservation.run));
    if (found?.token === reservation.token) return false;
    if (found === null) maker.remove(reservation);
    this.#put(reservation.run, found);
    return true;
  }

  #try(port: number, { token, run }: Reservation): Win32Failure | null {
    return this.#host.trials.tryPort(this.protocol, port, token, run.portCount);
  }

  #put(run: PortRun, reservation: Reservation | null): void {
    const offset = run.firstPort - this.firstPort;
    this.#uncovered = null;
    this.#reservations.fill(reservation, offset, offset + run.portCount);
  }

  #at(port: number): Reservation | null {
    checkPortOfBlock(this, port, this.#released);
    return this.#reservations[port - this.firstPort] ?? null;
  }
}

export function forRun(run: PortRun): string {
  return `for ports ${run.firstPort}-${lastPortOf(run)}`;
}

/** Throws what says nothing about the port. */
function inUse(failure: Win32Failure, port: number): PortCheck {
  const { code, name, meaning } = explainError(failure.api, failure.errorNumber);
  if (code !== "PORT_TAKEN") throw win32Error(failure, `for port ${port}`, { port });
  const reason = `${meaning} (${failure.api} answers ${name} ${failure.errorNumber})`;
  return { state: "in-use", reason, holders: [] };
}

export function isAbsent({ api, errorNumber }: Win32Failure): boolean {
  return explainError(api, errorNumber).code === "NOT_FOUND";
}
