// The sockets and processes of an imaginary host, and its rules for who may bind what. Knows nothing of blocks' policies.

import type {
  ObservedSocket,
  PortHolder,
  ReservationKind,
  TransportProtocol,
} from "../host-ports.js";
import { NativeError } from "../native-error.js";
import { lastPortOf } from "../port-runs.js";

/** A socket to be opened by an imaginary process. Everything but the port has a default. */
export interface FakeSocketSpec {
  readonly port: number;
  /** Default "tcp". */
  readonly protocol?: TransportProtocol;
  /** Default "0.0.0.0". */
  readonly address?: string;
  /** Default "listen"; "time-wait" is what the kernel keeps when no process has the socket any more. */
  readonly state?: "listen" | "bound" | "established" | "time-wait";
  /** Whether it has SO_REUSEPORT. Default false. */
  readonly sharesPort?: boolean;
  /** The reservation token that it was associated with. Default 0n: none. */
  readonly token?: bigint;
  /** Default: a stranger, process 4242 "stranger" of the broker's user. */
  readonly processId?: number;
  readonly processName?: string;
  /** Sockets share held ports only with the same user. Default 0. */
  readonly userId?: number;
}

/** An open socket of the imaginary host. */
export interface FakeSocket {
  readonly spec: Required<FakeSocketSpec>;
  /** Changes the state, as listen(2) does. */
  setState(state: Required<FakeSocketSpec>["state"]): void;
  /** A child of its process, or whoever it was passed to, has it too from now on. */
  shareWith(processId: number, processName: string): void;
  /** One process has it no longer; it closes with the last that has it. A no-op for one that does not have it. */
  closeIn(processId: number): void;
  /** Idempotent. */
  close(): void;
}

/** Ports that the imaginary kernel keeps for one token, or that hold sockets cover. */
export interface FakeReservation {
  readonly kind: ReservationKind;
  readonly protocol: TransportProtocol;
  readonly firstPort: number;
  readonly portCount: number;
  /** By port: one and the same number for all of them, or one each. 0n: none. */
  readonly tokens: Map<number, bigint>;
  readonly uncovered: Set<number>;
  /** Ports whose holds are gone without the block having noticed. */
  readonly lost: Set<number>;
  /** Ports that are let go for their lessees; `null`: none ever is. */
  readonly lent: Set<number> | null;
  /** Each port is a reservation of its own to the imaginary kernel. */
  readonly perPort: boolean;
  /** A block object of the broker's process stands for it; without one it waits to be found again. */
  open: boolean;
}

const stranger = { processId: 4_242, processName: "stranger", userId: 0 } as const;

export class FakeNetwork {
  /** The user that the broker runs as. */
  readonly brokerUserId = 0;
  readonly reservations = new Set<FakeReservation>();
  readonly #sockets = new Set<FakeSocket>();
  /** The processes that have each socket open; a name is "" once the process has ended. */
  readonly #owners = new Map<FakeSocket, PortHolder[]>();
  readonly #namesOwners: boolean;
  #lastSocketId = 0;
  readonly #socketIds = new Map<FakeSocket, number>();

  /** `namesOwners`: its tables say which process made a socket, also when that has ended, as those of Windows do. */
  constructor(namesOwners: boolean) {
    this.#namesOwners = namesOwners;
  }

  /** Throws PORT_TAKEN or ACCESS_DENIED as the operating system would refuse the bind. */
  open(partial: FakeSocketSpec): FakeSocket {
    const spec = {
      protocol: "tcp",
      address: "0.0.0.0",
      state: "listen",
      sharesPort: false,
      token: 0n,
      ...stranger,
      ...partial,
    } as const;
    if (spec.state !== "time-wait") this.#checkBind(spec);
    return this.#add(spec);
  }

  /** Everything on the port but what ended connections leave. */
  liveOn(protocol: TransportProtocol, port: number): readonly FakeSocket[] {
    return [...this.#sockets].filter(
      ({ spec }) => spec.protocol === protocol && spec.port === port && spec.state !== "time-wait",
    );
  }

  /** Whether the broker may hold the port beside everything that is on it. */
  allowsHold(protocol: TransportProtocol, port: number): boolean {
    return this.liveOn(protocol, port).every(
      ({ spec }) => spec.sharesPort && spec.userId === this.brokerUserId,
    );
  }

  reservationOf(protocol: TransportProtocol, port: number): FakeReservation | null {
    const reservations = [...this.reservations];
    return reservations.find((r) => r.protocol === protocol && contains(r, port)) ?? null;
  }

  holdersOf(protocol: TransportProtocol, port: number): readonly PortHolder[] {
    const holders = new Map<number, PortHolder>();
    for (const socket of this.liveOn(protocol, port)) {
      for (const holder of this.#seenOwners(socket)) holders.set(holder.processId, holder);
    }
    return [...holders.values()];
  }

  /** As the tables of a host show them: sockets that are bound without listening are not among TCP's. */
  observe(protocol: TransportProtocol): readonly ObservedSocket[] {
    return [...this.#sockets]
      .filter(({ spec }) => spec.protocol === protocol)
      .filter(({ spec }) => protocol === "udp" || spec.state !== "bound")
      .map((socket) => ({
        ...observed(socket.spec),
        processId: this.#namesOwners ? socket.spec.processId : null,
        socketId: this.#namesOwners ? null : (this.#socketIds.get(socket) ?? null),
      }));
  }

  /** Sockets that another process has too stay open; with `orphaned` all of them do. */
  closeSocketsOf(processId: number, orphaned = false): void {
    for (const socket of this.#sockets) this.#disown(socket, processId, orphaned);
  }

  #disown(socket: FakeSocket, processId: number, orphaned: boolean): void {
    const owners = this.#owners.get(socket) ?? [];
    if (!owners.some((owner) => owner.processId === processId)) return;
    const others = owners.filter((owner) => owner.processId !== processId);
    this.#owners.set(socket, others);
    if (others.length === 0 && !orphaned) socket.close();
  }

  /** A table that names owners goes on naming the process that made the socket. */
  #seenOwners(socket: FakeSocket): readonly PortHolder[] {
    const owners = this.#owners.get(socket) ?? [];
    if (!this.#namesOwners) return owners;
    const { processId } = socket.spec;
    return [
      owners.find((owner) => owner.processId === processId) ?? { processId, processName: "" },
    ];
  }

  #add(initial: Required<FakeSocketSpec>): FakeSocket {
    let spec = initial;
    const { processId, processName } = initial;
    const owners = [{ processId, processName }];
    const socket: FakeSocket = {
      get spec() {
        return spec;
      },
      setState: (state) => {
        spec = { ...spec, state };
      },
      closeIn: (ownerId) => this.#disown(socket, ownerId, false),
      shareWith: (otherId, otherName) => {
        const shared = this.#owners.get(socket) ?? [];
        this.#owners.set(socket, [...shared, { processId: otherId, processName: otherName }]);
      },
      close: () => {
        this.#sockets.delete(socket);
        this.#owners.delete(socket);
        this.#socketIds.delete(socket);
      },
    };
    this.#sockets.add(socket);
    this.#owners.set(socket, initial.state === "time-wait" ? [] : owners);
    this.#lastSocketId += 1;
    this.#socketIds.set(socket, this.#lastSocketId);
    return socket;
  }

  #checkBind(spec: Required<FakeSocketSpec>): void {
    const { port, protocol } = spec;
    const reservation = this.reservationOf(protocol, port);
    if (reservation !== null) checkReservation(reservation, spec, this.brokerUserId);
    const blocking = this.liveOn(protocol, port).find(
      (other) => overlaps(other.spec.address, spec.address) && !bothShare(other.spec, spec),
    );
    if (blocking !== undefined) {
      throw refusal("PORT_TAKEN", spec, this.holdersOf(protocol, port));
    }
  }
}

function checkReservation(
  reservation: FakeReservation,
  spec: Required<FakeSocketSpec>,
  brokerUserId: number,
): void {
  switch (reservation.kind) {
    case "persistent":
    case "runtime":
      if (reservation.uncovered.has(spec.port)) return;
      if (spec.token === reservation.tokens.get(spec.port)) return;
      throw refusal("ACCESS_DENIED", spec, []);
    case "held": {
      const { uncovered, lost, lent } = reservation;
      if (uncovered.has(spec.port) || lost.has(spec.port) || lent?.has(spec.port)) return;
      if (!spec.sharesPort) throw refusal("PORT_TAKEN", spec, []);
      if (spec.userId !== brokerUserId) throw refusal("WRONG_USER", spec, []);
      return;
    }
    case "administered":
      return;
  }
}

function refusal(
  code: "PORT_TAKEN" | "ACCESS_DENIED" | "WRONG_USER",
  { port, protocol, address }: Required<FakeSocketSpec>,
  holders: readonly PortHolder[],
): NativeError {
  return new NativeError(
    code,
    `The imaginary host refused the ${protocol} bind to port ${port} on ${address}. Use another port.`,
    { api: "bind", port, holders },
  );
}

function bothShare(a: Required<FakeSocketSpec>, b: Required<FakeSocketSpec>): boolean {
  return a.sharesPort && b.sharesPort && a.userId === b.userId;
}

/** "::" takes IPv4 with it, as dual-stack sockets do. */
function overlaps(a: string, b: string): boolean {
  if (a === b || a === "::" || b === "::") return true;
  const sameFamily = a.includes(":") === b.includes(":");
  return sameFamily && (a === "0.0.0.0" || b === "0.0.0.0");
}

function contains(run: FakeReservation, port: number): boolean {
  return port >= run.firstPort && port <= lastPortOf(run);
}

function observed(spec: Required<FakeSocketSpec>): Omit<ObservedSocket, "processId" | "socketId"> {
  const connected = spec.state === "established" || spec.state === "time-wait";
  const ipv6 = spec.address.includes(":");
  return {
    protocol: spec.protocol,
    family: ipv6 ? "ipv6" : "ipv4",
    localAddress: spec.address,
    localPort: spec.port,
    remoteAddress: connected ? spec.address : ipv6 ? "::" : "0.0.0.0",
    remotePort: connected ? 50_000 : 0,
    state: spec.protocol === "udp" ? "bound" : spec.state,
  };
}
