// A reserved block of the imaginary host. Same promises as a real one (host-ports.ts), kept by looking at a FakeNetwork.

import type {
  BindForTransferRequest,
  BindMethod,
  Isolation,
  PortCheck,
  ReservationKind,
  ReservedBlock,
  TokenRange,
  TransferableSocket,
  TransportProtocol,
} from "../host-ports.js";
import { NativeError } from "../native-error.js";
import { checkPortOfBlock } from "../port-runs.js";
import type { FakeNetwork, FakeReservation } from "./fake-network.js";
import type { FakeTransfers } from "./fake-transfers.js";

export const bindMethodOf: Record<ReservationKind, BindMethod> = {
  persistent: "associate",
  runtime: "handoff",
  administered: "plain",
  held: "share-port",
};

export type FakeBlockCall = "reclaimPort" | "coverPort" | "release" | "remove" | "bindForTransfer";

/** What a block needs of the imaginary host. */
export interface FakeBlockHost {
  readonly network: FakeNetwork;
  readonly transfers: FakeTransfers;
  /** Throws what the script says. */
  readonly failIfScripted: (call: FakeBlockCall) => void;
  readonly nextToken: () => bigint;
}

export class FakeBlock implements ReservedBlock {
  readonly kind: ReservationKind;
  readonly protocol: TransportProtocol;
  readonly bindMethod: BindMethod;
  readonly isolation: Isolation;
  readonly firstPort: number;
  readonly portCount: number;
  readonly #host: FakeBlockHost;
  readonly #reservation: FakeReservation;
  #released = false;

  constructor(host: FakeBlockHost, reservation: FakeReservation, isolation: Isolation) {
    this.kind = reservation.kind;
    this.protocol = reservation.protocol;
    this.bindMethod = reservation.lent === null ? bindMethodOf[reservation.kind] : "plain";
    this.isolation = isolation;
    this.firstPort = reservation.firstPort;
    this.portCount = reservation.portCount;
    this.#host = host;
    this.#reservation = reservation;
  }

  reservationOf(port: number): TokenRange {
    this.#check(port);
    const token = this.#reservation.uncovered.has(port) ? 0n : this.#tokenOf(port);
    const alone =
      this.isolation === "per-lease" || new Set(this.#reservation.tokens.values()).size > 1;
    if (alone) return { token, firstPort: port, portCount: 1 };
    return { token, firstPort: this.firstPort, portCount: this.portCount };
  }

  reclaimPort(port: number): PortCheck {
    this.#check(port);
    this.#host.failIfScripted("reclaimPort");
    this.#reservation.lent?.delete(port);
    this.#cover(port);
    const [first, ...more] = this.#host.network.liveOn(this.protocol, port);
    if (first === undefined) {
      if (this.isolation === "per-lease") this.#renewToken(port);
      return { state: "free" };
    }
    const { processId, processName, address, state } = first.spec;
    const what = `process ${processId} (${processName}) has it on ${address} (${state})`;
    const reason = more.length === 0 ? what : `${what}, and ${more.length} more sockets`;
    return { state: "in-use", reason, holders: [] };
  }

  coverPort(port: number): PortCheck {
    this.#check(port);
    this.#host.failIfScripted("coverPort");
    if (this.#reservation.lent?.has(port) === true) return { state: "free" };
    this.#cover(port);
    if (!this.#reservation.uncovered.has(port)) return { state: "free" };
    const reason = "the socket that is bound to it does not share it";
    return { state: "in-use", reason, holders: [] };
  }

  uncoveredPorts(): readonly number[] {
    return [...this.#reservation.uncovered].toSorted((a, b) => a - b);
  }

  verifyPort(port: number): boolean {
    this.#check(port);
    if (!this.#reservation.lost.delete(port)) return true;
    this.#reservation.uncovered.add(port);
    return false;
  }

  lendPort(port: number): void {
    const { lent, uncovered, lost } = this.#reservation;
    if (lent === null) return;
    this.#check(port);
    uncovered.delete(port);
    lost.delete(port);
    lent.add(port);
  }

  takeBackPort(port: number): void {
    if (this.#reservation.lent?.delete(port) === true && !this.#released) this.#cover(port);
  }

  bindForTransfer({ port, address }: BindForTransferRequest): TransferableSocket {
    this.#check(port);
    this.#host.failIfScripted("bindForTransfer");
    if (this.bindMethod !== "handoff" && this.bindMethod !== "associate") {
      throw new NativeError(
        "UNSUPPORTED",
        `The imaginary host hands no sockets of ${this.kind} blocks over. Bind as the lease says.`,
      );
    }
    const socket = this.#host.network.open({
      port,
      protocol: this.protocol,
      address,
      token: this.reservationOf(port).token,
      state: "bound",
      processId: process.pid,
      processName: "broker",
    });
    return this.#host.transfers.offer(socket);
  }

  release(): Promise<void> {
    return this.#let("release", () => {
      const { kind } = this.#reservation;
      this.#reservation.open = false;
      if (kind === "persistent" || kind === "administered") return;
      this.#host.network.reservations.delete(this.#reservation);
    });
  }

  remove(): Promise<void> {
    return this.#let("remove", () => this.#host.network.reservations.delete(this.#reservation));
  }

  #let(call: "release" | "remove", go: () => void): Promise<void> {
    try {
      this.#host.failIfScripted(call);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#released = true;
    go();
    return Promise.resolve();
  }

  #tokenOf(port: number): bigint {
    return this.#reservation.tokens.get(port) ?? 0n;
  }

  #renewToken(port: number): void {
    if (this.#tokenOf(port) !== 0n) this.#reservation.tokens.set(port, this.#host.nextToken());
  }

  /** A hold needs the consent of whoever is there; the other kinds need them gone. */
  #cover(port: number): void {
    const { kind, protocol, uncovered } = this.#reservation;
    const { network } = this.#host;
    const wasUncovered = uncovered.has(port);
    const possible =
      kind === "held"
        ? network.allowsHold(protocol, port)
        : !wasUncovered || network.liveOn(protocol, port).length === 0;
    if (!possible) {
      uncovered.add(port);
    } else if (wasUncovered) {
      uncovered.delete(port);
      // What is covered again is a reservation of its own.
      this.#renewToken(port);
    }
  }

  #check(port: number): void {
    checkPortOfBlock(this, port, this.#released);
  }
}
