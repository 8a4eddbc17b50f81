// HostPorts of an imaginary host in memory, with scripted sockets, processes and failures. For tests and for `--simulate`.
// It passes the same contract suite as the real ones (test/native/host-ports-contract.ts); it knows nothing of timing.

import { bindMethodOf, FakeBlock } from "./fake/fake-block.js";
import { type FakeLessee, FakeLesseeSockets } from "./fake/fake-lessee-sockets.js";
import {
  FakeNetwork,
  type FakeReservation,
  type FakeSocket,
  type FakeSocketSpec,
} from "./fake/fake-network.js";
import type {
  HostCapabilities,
  HostPorts,
  LesseeSockets,
  ObservedSocket,
  PortHolder,
  PortRun,
  ProcessIdentity,
  ReserveBlockRequest,
  ReservedBlock,
  TransportProtocol,
} from "./host-ports.js";
import { NativeError } from "./native-error.js";
import { checkPortRun, lastPortOf, searchOrder } from "./port-runs.js";

export type { FakeLessee } from "./fake/fake-lessee-sockets.js";
export type { FakeSocket, FakeSocketSpec } from "./fake/fake-network.js";

export interface FakeHostOptions {
  readonly capabilities: HostCapabilities;
  /** Default 32768-60999. */
  readonly dynamicRange: PortRun | null;
  /** Default none. */
  readonly excludedRanges: readonly PortRun[] | null;
  /** Protocols that can be reserved. Default both. */
  readonly protocols: readonly TransportProtocol[];
}

/** The calls that can be made to fail. */
export type FakeCall =
  "reserveBlock" | "reclaimPort" | "coverPort" | "release" | "observeSockets" | "findHolders";

const defaults: FakeHostOptions = {
  capabilities: {
    platform: "fake",
    elevated: false,
    kinds: ["held"],
    autoKind: "held",
    autoKindReason: "The imaginary host holds ports unless its script says otherwise.",
    ipv6: true,
    descriptorsMax: null,
  },
  dynamicRange: { firstPort: 32_768, portCount: 28_232 },
  excludedRanges: [],
  protocols: ["tcp", "udp"],
};

export class FakeHostPorts implements HostPorts {
  readonly #options: FakeHostOptions;
  readonly #network = new FakeNetwork();
  readonly #processes = new Map<number, ProcessIdentity>();
  readonly #failures = new Map<FakeCall, NativeError[]>();
  #nextToken = 0xf000_0000_0000_0001n;

  /** `capabilities` may be partial; what is left out has the defaults above. */
  constructor(
    options: Partial<Omit<FakeHostOptions, "capabilities">> & {
      readonly capabilities?: Partial<HostCapabilities>;
    } = {},
  ) {
    const capabilities = { ...defaults.capabilities, ...options.capabilities };
    this.#options = { ...defaults, ...options, capabilities };
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
    return new FakeLesseeSockets(this.#network, full);
  }

  /** Starting an id again with another start time is a new process with a reused id. */
  startProcess({ processId, processName, startTime }: ProcessIdentity): void {
    this.#processes.set(processId, { processId, processName, startTime });
  }

  /** Its sockets close. */
  endProcess(processId: number): void {
    this.#processes.delete(processId);
    this.#network.closeSocketsOf(processId);
  }

  /** All blocks vanish as when the broker's process is killed; sockets of others stay. Blocks from before must not be used. */
  dropReservations(): void {
    this.#network.reservations.clear();
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
    const { kind, protocol, portCount, leasedPorts } = request;
    const firstPort = request.firstPort ?? this.#findFreeRun(protocol, portCount);
    const run = { firstPort, portCount };
    const uncovered = new Set<number>();
    for (const port of portsOf(run)) {
      if (this.#isFree(protocol, port)) continue;
      if (leasedPorts === null) throw this.#taken(protocol, port);
      const covered = leasedPorts.has(port) && this.#network.allowsHold(protocol, port);
      if (!covered) uncovered.add(port);
    }
    const reservation: FakeReservation = {
      ...run,
      kind,
      protocol,
      uncovered,
      token: hasToken(kind) ? this.#nextToken++ : 0n,
    };
    this.#network.reservations.add(reservation);
    return new FakeBlock(this.#network, reservation, (call) => this.#failIfScripted(call));
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

  excludedRanges(): Promise<readonly PortRun[] | null> {
    return Promise.resolve(this.#options.excludedRanges);
  }

  identifyProcess(processId: number): ProcessIdentity | null {
    return this.#processes.get(processId) ?? null;
  }

  #checkReserve({ kind, protocol, firstPort, portCount, leasedPorts }: ReserveBlockRequest): void {
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

function hasToken(kind: ReserveBlockRequest["kind"]): boolean {
  return bindMethodOf[kind] === "associate" || bindMethodOf[kind] === "handoff";
}

function* portsOf(run: PortRun): Generator<number> {
  for (let port = run.firstPort; port <= lastPortOf(run); port += 1) yield port;
}
