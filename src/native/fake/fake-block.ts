// A reserved block of the imaginary host. Same promises as a real one (host-ports.ts), kept by looking at a FakeNetwork.

import type {
  BindMethod,
  PortCheck,
  ReservationKind,
  ReservedBlock,
  TransportProtocol,
} from "../host-ports.js";
import { lastPortOf } from "../port-runs.js";
import type { FakeNetwork, FakeReservation } from "./fake-network.js";

export const bindMethodOf: Record<ReservationKind, BindMethod> = {
  persistent: "associate",
  runtime: "handoff",
  administered: "plain",
  held: "share-port",
};

export class FakeBlock implements ReservedBlock {
  readonly kind: ReservationKind;
  readonly protocol: TransportProtocol;
  readonly bindMethod: BindMethod;
  readonly firstPort: number;
  readonly portCount: number;
  readonly #network: FakeNetwork;
  readonly #reservation: FakeReservation;
  readonly #failIfScripted: (call: "reclaimPort" | "coverPort" | "release") => void;
  #released = false;

  constructor(
    network: FakeNetwork,
    reservation: FakeReservation,
    failIfScripted: (call: "reclaimPort" | "coverPort" | "release") => void,
  ) {
    this.kind = reservation.kind;
    this.protocol = reservation.protocol;
    this.bindMethod = bindMethodOf[reservation.kind];
    this.firstPort = reservation.firstPort;
    this.portCount = reservation.portCount;
    this.#network = network;
    this.#reservation = reservation;
    this.#failIfScripted = failIfScripted;
  }

  tokenOf(port: number): bigint {
    this.#check(port);
    return this.#reservation.token;
  }

  reclaimPort(port: number): PortCheck {
    this.#check(port);
    this.#failIfScripted("reclaimPort");
    this.#cover(port);
    const [first, ...more] = this.#network.liveOn(this.protocol, port);
    if (first === undefined) return { state: "free" };
    const { processId, processName, address, state } = first.spec;
    const what = `process ${processId} (${processName}) has it on ${address} (${state})`;
    const reason = more.length === 0 ? what : `${what}, and ${more.length} more sockets`;
    return { state: "in-use", reason, holders: [] };
  }

  coverPort(port: number): PortCheck {
    this.#check(port);
    this.#failIfScripted("coverPort");
    this.#cover(port);
    if (!this.#reservation.uncovered.has(port)) return { state: "free" };
    const reason = "the socket that is bound to it does not share it";
    return { state: "in-use", reason, holders: [] };
  }

  uncoveredPorts(): readonly number[] {
    return [...this.#reservation.uncovered].toSorted((a, b) => a - b);
  }

  release(): Promise<void> {
    try {
      if (!this.#released) this.#failIfScripted("release");
    } catch (error) {
      return Promise.reject(error);
    }
    this.#released = true;
    this.#network.reservations.delete(this.#reservation);
    return Promise.resolve();
  }

  /** A hold needs the consent of whoever is there; the other kinds need them gone. */
  #cover(port: number): void {
    const { kind, protocol, uncovered } = this.#reservation;
    const possible =
      kind === "held"
        ? this.#network.allowsHold(protocol, port)
        : !uncovered.has(port) || this.#network.liveOn(protocol, port).length === 0;
    if (possible) uncovered.delete(port);
    else uncovered.add(port);
  }

  #check(port: number): void {
    if (this.#released) throw new Error(`the block of port ${port} was released`);
    if (!Number.isInteger(port) || port < this.firstPort || port > lastPortOf(this)) {
      throw new RangeError(`port ${port} is not in ${this.firstPort}-${lastPortOf(this)}`);
    }
  }
}
