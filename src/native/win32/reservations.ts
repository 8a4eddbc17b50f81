// Reservations with a token, of either kind behind one interface: made, found again, and given back. One run at a time;
// which runs, and what becomes of their ports, is the block's business.

import type { BindMethod, PortRun, TransportProtocol } from "../host-ports.js";
import type { IpFamily } from "../ip-address.js";
import type { PersistentCalls } from "./persistent-calls.js";
import type { PortSockets, Socket } from "./port-sockets.js";
import type { Win32Failure } from "./win32-failure.js";

export interface Reservation {
  readonly run: PortRun;
  readonly token: bigint;
}

export interface ReservationMaker {
  readonly kind: "persistent" | "runtime";
  readonly protocol: TransportProtocol;
  readonly bindMethod: BindMethod;
  /** Whether reservations stay when this process ends, so that they are found again and must be intended first. */
  readonly outlivesProcess: boolean;
  /** All or nothing: one port that is in use or reserved refuses the run. */
  make(run: PortRun): Reservation | Win32Failure;
  /** What was made with exactly this run, by whomever. */
  find(run: PortRun): Reservation | null | Win32Failure;
  /** Gives it back to the operating system; `null` when that worked. */
  remove(reservation: Reservation): Win32Failure | null;
}

export function isFailure(result: object | string | null): result is Win32Failure {
  return typeof result === "object" && result !== null && "errorNumber" in result;
}

export class PersistentReservations implements ReservationMaker {
  readonly kind = "persistent";
  readonly bindMethod = "associate";
  readonly outlivesProcess = true;
  readonly protocol: TransportProtocol;
  readonly #calls: PersistentCalls;

  constructor(calls: PersistentCalls, protocol: TransportProtocol) {
    this.#calls = calls;
    this.protocol = protocol;
  }

  make(run: PortRun): Reservation | Win32Failure {
    const token = this.#calls.create(this.protocol, run);
    return typeof token === "bigint" ? { run, token } : token;
  }

  find(run: PortRun): Reservation | null | Win32Failure {
    const token = this.#calls.lookup(this.protocol, run);
    return typeof token === "bigint" ? { run, token } : token;
  }

  remove({ run }: Reservation): Win32Failure | null {
    return this.#calls.delete(this.protocol, run);
  }
}

/**
 * Reservations that end with the socket they were acquired on: each has a control socket of its own, which is never bound,
 * because a reservation cannot be released while a socket that uses it is open
 * (https://github.com/kofemann/ms-nfs41-client, bindresvport).
 */
export class RuntimeReservations implements ReservationMaker {
  readonly kind = "runtime";
  readonly bindMethod = "handoff";
  readonly outlivesProcess = false;
  readonly protocol: TransportProtocol;
  readonly #sockets: PortSockets;
  readonly #family: IpFamily;
  readonly #controls = new WeakMap<Reservation, Socket>();

  /** `family` is that of the control sockets; the reservations are for both. */
  constructor(sockets: PortSockets, protocol: TransportProtocol, family: IpFamily) {
    this.#sockets = sockets;
    this.protocol = protocol;
    this.#family = family;
  }

  make(run: PortRun): Reservation | Win32Failure {
    return this.#acquire(run.firstPort, run.portCount);
  }

  /** Where the kernel likes, which may be inside the dynamic range. */
  makeAnywhere(portCount: number): Reservation | Win32Failure {
    return this.#acquire(null, portCount);
  }

  /** They end with their process, and no other process may use them. */
  find(): null {
    return null;
  }

  remove(reservation: Reservation): null {
    const control = this.#controls.get(reservation);
    if (control === undefined) return null;
    this.#controls.delete(reservation);
    // Closing ends it in any case; a release that is refused while a lessee is bound is no failure.
    this.#sockets.releaseAcquired(control, reservation.token);
    this.#sockets.close(control);
    return null;
  }

  #acquire(firstPort: number | null, portCount: number): Reservation | Win32Failure {
    const control = this.#sockets.open(this.protocol, this.#family);
    const acquired = this.#sockets.acquire(control, firstPort, portCount);
    if (isFailure(acquired)) {
      this.#sockets.close(control);
      return acquired;
    }
    this.#controls.set(acquired, control);
    return acquired;
  }
}
