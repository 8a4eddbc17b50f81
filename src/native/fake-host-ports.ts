// HostPorts of an imaginary host in memory, with scripted sockets, processes and failures. For tests and for `--simulate`.
// It passes the same contract suite as the real ones (test/native/host-ports-contract.ts); it knows nothing of timing.

import { FakeBlock, type FakeBlockCall, type FakeBlockHost } from "./fake/fake-block.js";
import { type FakeLessee, FakeLesseeSockets } from "./fake/fake-lessee-sockets.js";
import { FakeNetwork, type FakeSocket, type FakeSocketSpec } from "./fake/fake-network.js";
import { FakeReservations, hasToken, outlivesProcess, portsOf } from "./fake/fake-reservations.js";
import { FakeTransfers } from "./fake/fake-transfers.js";
import type {
  BindTrial,
  ConnectionEnds,
  ExcludedRange,
  HostCapabilities,
  HostPorts,
  LesseeSockets,
  ObservedSocket,
  PortHolder,
  PortRun,
  ProcessIdentity,
  ProcessWatch,
  ReservationQuery,
  ReserveBlockRequest,
  ReservedBlock,
  TransportProtocol,
} from "./host-ports.js";
import { NativeError } from "./native-error.js";
import { checkPortRun, searchOrder } from "./port-runs.js";

export type { FakeLessee } from "./fake/fake-lessee-sockets.js";
export type { FakeSocket, FakeSocketSpec } from "./fake/fake-network.js";

export interface FakeHostOptions {
  readonly capabilities: HostCapabilities;
  /** Default 32768-60999. */
  readonly dynamicRange: PortRun | null;
  /** Default none. */
  readonly excludedRanges: readonly ExcludedRange[] | null;
  /** Protocols that can be reserved. Default both. */
  readonly protocols: readonly TransportProtocol[];
  /** Whether its tables say which process a socket is of, as those of Windows do. Default false. */
  readonly tablesNameOwners: boolean;
}

/** The calls that can be made to fail. */
export type FakeCall =
  | FakeBlockCall
  | "reserveBlock"
  /** What the kernel does in `reserveBlock` once the intent is on disk. */
  | "createReservation"
  | "observeSockets"
  | "findHolders"
  | "hasReservation"
  | "removeReservation";

const defaults: FakeHostOptions = {
  capabilities: {
    platform: "fake",
    elevated: false,
    kinds: ["held"],
    autoKind: "held",
    autoKindReason: "The imaginary host holds ports unless its script says otherwise.",
    reservesOwnPorts: false,
    ipv6: true,
    descriptorsMax: null,
  },
  dynamicRange: { firstPort: 32_768, portCount: 28_232 },
  excludedRanges: [],
  protocols: ["tcp", "udp"],
  tablesNameOwners: false,
};

export class FakeHostPorts implements HostPorts {
  readonly #options: FakeHostOptions;
  readonly #network: FakeNetwork;
  readonly #reservations: FakeReservations;
  readonly #transfers = new FakeTransfers();
  readonly #parents = new Map<number, number>();
  readonly #elsewhere = new Set<number>();
  readonly #connections: { readonly processId: number; readonly remotePort: number }[] = [];
  readonly #blockHost: FakeBlockHost;
  readonly #processes = new Map<number, ProcessIdentity>();
  readonly #failures = new Map<FakeCall, NativeError[]>();

  /** `capabilities` may be partial; what is left out has the defaults above. */
  constructor(
    options: Partial<Omit<FakeHostOptions, "capabilities">> & {
      readonly capabilities?: Partial<HostCapabilities>;
    } = {},
  ) {
    const capabilities = { ...defaults.capabilities, ...options.capabilities };
    this.#options = { ...defaults, ...options, capabilities };
    this.#network = new FakeNetwork(this.#options.tablesNameOwners);
    this.#reservations = new FakeReservations(this.#network);
    this.#blockHost = {
      network: this.#network,
      transfers: this.#transfers,
      failIfScripted: (call) => this.#failIfScripted(call),
      nextToken: () => this.#reservations.nextToken(),
    };
    this.startProcess({ processId: process.pid, processName: "broker", startTime: "fake:0" });
  }

  // The script.

  /** Another program opens a socket. Throws as the bind would: PORT_TAKEN, WRONG_USER or ACCESS_DENIED. */
  openSocket(spec: FakeSocketSpec): FakeSocket {
    const socket = this.#network.open(spec);
    const { processId, processName } = socket.spec;
    if (!this.#processes.has(processId)) {
      this.startProcess({ processId, processName, startTime: `fake:${processId}` });
    }
    return socket;
  }

  /** What a holder of leases would get from openLesseeSockets in its own process. Default: process 5151 of the broker's user. */
  openLesseeSockets(lessee: Partial<FakeLessee> = {}): LesseeSockets {
    const full = { processId: 5_151, processName: "lessee", userId: 0, ...lessee };
    if (!this.#processes.has(full.processId)) {
      this.startProcess({ ...full, startTime: `fake:${full.processId}` });
    }
    return new FakeLesseeSockets(this.#network, this.#transfers, full);
  }

  /** Starting an id again with another start time is a new process with a reused id. */
  startProcess({ processId, processName, startTime }: ProcessIdentity, parentId = 1): void {
    this.#processes.set(processId, { processId, processName, startTime });
    this.#parents.set(processId, parentId);
  }

  /** From now on the process is at the other end of connections from this port. */
  connectFrom(processId: number, remotePort: number): void {
    this.#connections.push({ processId, remotePort });
  }

  /** Its sockets close, but for those that others have too; "orphaned": they all stay, with nobody to be seen under them. */
  endProcess(processId: number, sockets: "closed" | "orphaned" = "closed"): void {
    this.#processes.delete(processId);
    this.#network.closeSocketsOf(processId, sockets === "orphaned");
  }

  /** What the broker holds a port with is gone, as when something closed the descriptor; its block has not noticed. */
  loseHold(protocol: TransportProtocol, port: number): void {
    this.#network.reservationOf(protocol, port)?.lost.add(port);
  }

  /** Whether the port is let go for its lessee; `null` when no block is there that lends its ports. */
  isLent(protocol: TransportProtocol, port: number): boolean | null {
    return this.#network.reservationOf(protocol, port)?.lent?.has(port) ?? null;
  }

  /** Somebody else removed a reservation that outlives processes; its block has not noticed. */
  stealReservation(query: ReservationQuery): void {
    this.#reservations.remove(query);
  }

  /** As when the broker's process is killed: what ends with it vanishes. Sockets of others stay. Do not use older blocks. */
  dropReservations(): void {
    this.#reservations.endProcess();
    this.#network.closeSocketsOf(process.pid);
  }

  /** The host starts again: also all sockets and other processes are gone, and persistent reservations have new tokens. */
  reboot(): void {
    this.dropReservations();
    for (const processId of this.#processes.keys()) {
      if (processId !== process.pid) this.endProcess(processId);
    }
    this.#reservations.renewTokens();
  }

  /** Somebody else's reservation of that kind is there, as from another program or an earlier life. */
  plantReservation(query: ReservationQuery): void {
    this.#network.reservations.add(this.#reservations.make(query, "shared", false));
  }

  /** The next such call throws (or rejects with) `error`, once; several are served in order. */
  failNext(call: FakeCall, error: NativeError): void {
    this.#failures.set(call, [...(this.#failures.get(call) ?? []), error]);
  }

  // HostPorts.

  capabilities(): HostCapabilities {
    return this.#options.capabilities;
  }

  async reserveBlock(request: ReserveBlockRequest): Promise<ReservedBlock> {
    await Promise.resolve();
    this.#failIfScripted("reserveBlock");
    this.#checkReserve(request);
    const { kind, protocol, portCount, leasedPorts, isolation } = request;
    const firstPort = request.firstPort ?? this.#findFreeRun(protocol, portCount);
    const query = { kind, protocol, firstPort, portCount };
    const found = leasedPorts === null ? null : this.#reservations.closed(query);
    if (found !== null) {
      found.open = true;
      return new FakeBlock(this.#blockHost, found, isolation);
    }
    this.#takenPorts(query, leasedPorts);
    if (outlivesProcess(kind)) await request.intend({ firstPort, portCount });
    this.#failIfScripted("createReservation");
    // Somebody may have been faster meanwhile: another run is looked for where any will do.
    const lost = [...portsOf(query)].some((port) => !this.#isFree(protocol, port));
    if (lost && request.firstPort === null) return this.reserveBlock(request);
    const uncovered = this.#takenPorts(query, leasedPorts);
    const lends = kind === "held" && request.lendsPorts === true;
    const lent = lends ? (leasedPorts ?? new Set<number>()) : null;
    const reservation = this.#reservations.make(query, isolation, true, lent);
    for (const port of uncovered) if (lent?.has(port) !== true) reservation.uncovered.add(port);
    this.#network.reservations.add(reservation);
    return new FakeBlock(this.#blockHost, reservation, isolation);
  }

  async observeSockets(protocol: TransportProtocol): Promise<readonly ObservedSocket[]> {
    await Promise.resolve();
    this.#failIfScripted("observeSockets");
    return this.#network.observe(protocol);
  }

  async findHolders(
    protocol: TransportProtocol,
    ports: readonly number[],
  ): Promise<ReadonlyMap<number, readonly PortHolder[]>> {
    await Promise.resolve();
    this.#failIfScripted("findHolders");
    const found = ports.map((port) => [port, this.#network.holdersOf(protocol, port)] as const);
    return new Map(found.filter(([, holders]) => holders.length > 0));
  }

  dynamicRange(): Promise<PortRun | null> {
    return Promise.resolve(this.#options.dynamicRange);
  }

  excludedRanges(): Promise<readonly ExcludedRange[] | null> {
    return Promise.resolve(this.#options.excludedRanges);
  }

  identifyProcess(processId: number): ProcessIdentity | null {
    return this.#processes.get(processId) ?? null;
  }

  watchProcess(processId: number): ProcessWatch | null {
    const identity = this.identifyProcess(processId);
    if (identity === null) return null;
    const hasExited = (): boolean =>
      this.identifyProcess(processId)?.startTime !== identity.startTime;
    return { identity, hasExited, close: () => undefined };
  }

  hasProcessEnded({
    processId,
    startTime,
  }: Pick<ProcessIdentity, "processId" | "startTime">): boolean {
    return this.identifyProcess(processId)?.startTime !== startTime;
  }

  isDescendant(processId: number, ancestorId: number): boolean | null {
    let current = processId;
    for (const _ of this.#parents) {
      const parentId = this.#parents.get(current);
      if (parentId === undefined) return null;
      if (parentId === ancestorId) return true;
      if (parentId <= 1) return false;
      current = parentId;
    }
    return null;
  }

  sharesNetwork(processId: number): boolean | null {
    return this.#processes.has(processId) ? !this.#elsewhere.has(processId) : null;
  }

  /** The process is in a network namespace of its own from now on. */
  moveElsewhere(processId: number): void {
    this.#elsewhere.add(processId);
  }

  connectionOwner({ remotePort }: ConnectionEnds): number | null {
    const found = this.#connections.findLast((connection) => connection.remotePort === remotePort);
    return found?.processId ?? null;
  }

  tryBind(protocol: TransportProtocol, address: string, port: number): BindTrial {
    try {
      this.#network.open({ protocol, address, port, state: "bound" }).close();
      return { bound: true };
    } catch (error) {
      const denied = error instanceof NativeError && error.code === "ACCESS_DENIED";
      if (denied) return { bound: false, errorNumber: 10_013, errorName: "WSAEACCES" };
      return { bound: false, errorNumber: 10_048, errorName: "WSAEADDRINUSE" };
    }
  }

  async hasReservation(query: ReservationQuery): Promise<boolean | null> {
    await Promise.resolve();
    this.#failIfScripted("hasReservation");
    return outlivesProcess(query.kind) && this.#reservations.isKnown(query);
  }

  async removeReservation(query: ReservationQuery): Promise<number> {
    await Promise.resolve();
    this.#failIfScripted("removeReservation");
    return outlivesProcess(query.kind) ? this.#reservations.remove(query) : 0;
  }

  /** Throws PORT_TAKEN for a new block; for one that comes back, the ports that cannot be covered. */
  #takenPorts(query: ReservationQuery, leasedPorts: ReadonlySet<number> | null): readonly number[] {
    const { kind, protocol } = query;
    const uncovered: number[] = [];
    for (const port of portsOf(query)) {
      if (this.#isFree(protocol, port)) continue;
      if (leasedPorts === null) throw this.#taken(protocol, port);
      const covered =
        kind === "held" && leasedPorts.has(port) && this.#network.allowsHold(protocol, port);
      if (!covered) uncovered.push(port);
    }
    return uncovered;
  }

  #checkReserve(request: ReserveBlockRequest): void {
    const { kind, protocol, firstPort, portCount, leasedPorts, isolation } = request;
    if (isolation === "per-lease" && !hasToken(kind)) {
      throw new NativeError(
        "UNSUPPORTED",
        `The imaginary host has no tokens for ${kind} blocks. Use isolation shared.`,
      );
    }
    const { kinds, descriptorsMax } = this.#options.capabilities;
    if (!kinds.includes(kind) || !this.#options.protocols.includes(protocol)) {
      throw new NativeError(
        "UNSUPPORTED",
        `The imaginary host has no ${protocol} blocks of kind ${kind}. Script it otherwise.`,
      );
    }
    checkPortRun(firstPort, portCount);
    if (leasedPorts !== null && firstPort === null) {
      throw new NativeError(
        "RANGE_INVALID",
        "A block with live leases comes back only where it was. Give its first port.",
      );
    }
    if (kind === "held" && descriptorsMax !== null && portCount > descriptorsMax) {
      throw new NativeError(
        "DESCRIPTOR_LIMIT",
        `The imaginary host lets ${descriptorsMax} ports be held, not ${portCount}. Ask for fewer.`,
      );
    }
  }

  #isFree(protocol: TransportProtocol, port: number): boolean {
    return (
      this.#network.reservationOf(protocol, port) === null &&
      this.#network.liveOn(protocol, port).length === 0
    );
  }

  #findFreeRun(protocol: TransportProtocol, portCount: number): number {
    const dynamicRange = this.#options.dynamicRange ?? { firstPort: 65_535, portCount: 1 };
    const places = searchOrder(portCount, dynamicRange, this.#options.excludedRanges ?? []);
    for (const place of places) {
      let length = 0;
      for (const port of portsOf(place)) {
        length = this.#isFree(protocol, port) ? length + 1 : 0;
        if (length === portCount) return port - portCount + 1;
      }
    }
    throw new NativeError(
      "NO_FREE_RANGE",
      `The imaginary host has no ${portCount} consecutive free ports. Ask for fewer.`,
    );
  }

  #taken(protocol: TransportProtocol, port: number): NativeError {
    const own = this.#network.reservationOf(protocol, port) !== null;
    const holders = this.#network.holdersOf(protocol, port);
    return new NativeError(
      "PORT_TAKEN",
      `Port ${port} is taken${own ? " by a block of this broker" : ""}. Choose another range.`,
      { port, holders },
    );
  }

  #failIfScripted(call: FakeCall): void {
    const error = this.#failures.get(call)?.shift();
    if (error !== undefined) throw error;
  }
}
