// HostPorts on Linux, and unverified on macOS: blocks, and what the host's tables tell.

import type {
  BindTrial,
  ConnectionEnds,
  ExcludedRange,
  HostCapabilities,
  HostPorts,
  ObservedSocket,
  PortHolder,
  PortRun,
  ProcessIdentity,
  ProcessWatch,
  ReservationQuery,
  ReserveBlockRequest,
  ReservedBlock,
  TransportProtocol,
} from "../host-ports.js";
import type { Libc } from "./bindings.js";
import { hasProcessEnded, watchProcess } from "./process-watch.js";
import { type BlockReserverParts, PosixBlockReserver } from "./reserve-block.js";
import type { PortSockets } from "./port-sockets.js";
import { tryBind } from "./try-bind.js";

/** What PosixHostPorts is made of; open.ts puts it together. */
export interface PosixHostParts extends BlockReserverParts {
  readonly platform: string;
  readonly elevated: boolean;
  readonly libc: Libc;
  readonly sockets: PortSockets;
  /** Whether this host has IPv6; blocks hold `::` (with IPv4) where it has, else 0.0.0.0. */
  readonly ipv6: boolean;
}

export class PosixHostPorts implements HostPorts {
  readonly #parts: PosixHostParts;
  readonly #reserver: PosixBlockReserver;

  constructor(parts: PosixHostParts) {
    this.#parts = parts;
    this.#reserver = new PosixBlockReserver(parts);
  }

  capabilities(): HostCapabilities {
    const { platform, ipv6, descriptors, elevated, kinds } = this.#parts;
    return {
      platform,
      elevated,
      kinds,
      autoKind: "held",
      autoKindReason:
        "On this platform ports are reserved by holding one unlistened socket each, which needs no rights.",
      reservesOwnPorts: false,
      ipv6,
      descriptorsMax: descriptors.available(),
    };
  }

  reserveBlock(request: ReserveBlockRequest): Promise<ReservedBlock> {
    return this.#reserver.reserve(request);
  }

  observeSockets(protocol: TransportProtocol): Promise<readonly ObservedSocket[]> {
    return this.#parts.facts.observeSockets(protocol);
  }

  findHolders(
    protocol: TransportProtocol,
    ports: readonly number[],
  ): Promise<ReadonlyMap<number, readonly PortHolder[]>> {
    return this.#parts.facts.findHolders(protocol, ports, false);
  }

  /** One range and one list serve both protocols here. */
  dynamicRange(): Promise<PortRun | null> {
    return this.#parts.facts.dynamicRange();
  }

  excludedRanges(): Promise<readonly ExcludedRange[] | null> {
    return this.#parts.facts.excludedRanges();
  }

  identifyProcess(processId: number): ProcessIdentity | null {
    return this.#parts.facts.identifyProcess(processId);
  }

  watchProcess(processId: number): ProcessWatch | null {
    return watchProcess(this.#parts.libc, (id) => this.identifyProcess(id), processId);
  }

  hasProcessEnded(identity: Pick<ProcessIdentity, "processId" | "startTime">): boolean | null {
    return hasProcessEnded((id) => this.identifyProcess(id), identity);
  }

  isDescendant(processId: number, ancestorId: number): boolean | null {
    return this.#parts.facts.isDescendant(processId, ancestorId);
  }

  sharesNetwork(processId: number): boolean | null {
    return this.#parts.facts.sharesNetwork(processId);
  }

  connectionOwner(connection: ConnectionEnds, likelyProcessId: number): number | null {
    return this.#parts.facts.connectionOwner(connection, likelyProcessId);
  }

  tryBind(protocol: TransportProtocol, address: string, port: number): BindTrial {
    return tryBind(this.#parts.sockets, protocol, address, port);
  }

  /**
   * What the kernel's list of reserved ports has does not say in which runs it got there: a run is there when all of it is. It is
   * for both protocols, so that the blocks of a pair share it.
   */
  hasReservation({ kind, ...run }: ReservationQuery): Promise<boolean> {
    return Promise.resolve(kind === "administered" && this.#parts.reservedPorts.has(run));
  }

  async removeReservation({ kind, ...run }: ReservationQuery): Promise<number> {
    if (kind !== "administered") return 0;
    return this.#parts.reservedPorts.remove(run) > 0 ? 1 : 0;
  }
}
