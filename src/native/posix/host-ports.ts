// HostPorts on Linux, and unverified on macOS: blocks of kind HELD, and what the host's tables tell.

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
  ReserveBlockRequest,
  ReservedBlock,
  TransportProtocol,
} from "../host-ports.js";
import type { IpAddress } from "../ip-address.js";
import { NativeError } from "../native-error.js";
import { checkPortRun, lastPortOf, searchOrder } from "../port-runs.js";
import type { Libc } from "./bindings.js";
import { TcpPortHolds } from "./claim-port.js";
import { claimFreeRun, claimNewRun, claimRunAgain, type TakenPort } from "./claim-run.js";
import type { DescriptorLimit } from "./descriptor-limit.js";
import { HeldBlock } from "./held-block.js";
import type { HostFacts } from "./host-facts.js";
import type { PortSockets } from "./port-sockets.js";
import { hasProcessEnded, watchProcess } from "./process-watch.js";
import { defaultDynamicRange } from "./sysctl.js";
import type { TcpTables } from "./tcp-tables.js";
import { tryBind } from "./try-bind.js";

/** What PosixHostPorts is made of; index.ts puts it together. */
export interface PosixHostParts {
  readonly platform: string;
  readonly libc: Libc;
  readonly sockets: PortSockets;
  readonly tables: TcpTables;
  readonly descriptors: DescriptorLimit;
  readonly facts: HostFacts;
  /** Whether this host has IPv6; blocks hold `::` (with IPv4) where it has, else 0.0.0.0. */
  readonly ipv6: boolean;
}

export class PosixHostPorts implements HostPorts {
  readonly #parts: PosixHostParts;
  readonly #holds: TcpPortHolds;

  constructor(parts: PosixHostParts) {
    this.#parts = parts;
    const wildcard: IpAddress = parts.ipv6
      ? { family: "ipv6", bytes: new Uint8Array(16) }
      : { family: "ipv4", bytes: new Uint8Array(4) };
    this.#holds = new TcpPortHolds(parts.sockets, parts.tables, wildcard);
  }

  capabilities(): HostCapabilities {
    const { platform, ipv6, descriptors } = this.#parts;
    return {
      platform,
      elevated: process.geteuid?.() === 0,
      kinds: ["held"],
      autoKind: "held",
      autoKindReason:
        "On this platform ports are reserved by holding one unlistened socket each, which needs no rights.",
      reservesOwnPorts: false,
      ipv6,
      descriptorsMax: descriptors.available(),
    };
  }

  async reserveBlock(request: ReserveBlockRequest): Promise<ReservedBlock> {
    const { firstPort, portCount, leasedPorts } = request;
    checkSupported(request);
    checkPortRun(firstPort, portCount);
    if (leasedPorts !== null && firstPort === null) throw noPlaceGiven();
    this.#parts.descriptors.ensure(portCount);
    if (firstPort === null) return await this.#reserveAnywhere(portCount);
    const run = { firstPort, portCount };
    if (leasedPorts !== null) {
      const { descriptors } = await claimRunAgain(this.#holds, run, leasedPorts);
      return new HeldBlock(this.#holds, run, descriptors);
    }
    const claimed = await claimNewRun(this.#holds, run);
    if ("port" in claimed) throw await this.#portTaken(claimed, run);
    return new HeldBlock(this.#holds, run, claimed.descriptors);
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

  connectionOwner(connection: ConnectionEnds, likelyProcessId: number): number | null {
    return this.#parts.facts.connectionOwner(connection, likelyProcessId);
  }

  tryBind(protocol: TransportProtocol, address: string, port: number): BindTrial {
    return tryBind(this.#parts.sockets, protocol, address, port);
  }

  /** Nothing that is reserved here outlives its process. */
  hasReservation(): Promise<boolean> {
    return Promise.resolve(false);
  }

  removeReservation(): Promise<number> {
    return Promise.resolve(0);
  }

  async #reserveAnywhere(portCount: number): Promise<ReservedBlock> {
    const dynamicRange = (await this.dynamicRange()) ?? defaultDynamicRange;
    const excluded = (await this.excludedRanges()) ?? [];
    const places = searchOrder(portCount, dynamicRange, excluded);
    const claimed = await claimFreeRun(this.#holds, places, portCount);
    if (claimed === null) throw noFreeRange(portCount, dynamicRange);
    return new HeldBlock(this.#holds, claimed.run, claimed.descriptors);
  }

  async #portTaken(taken: TakenPort, run: PortRun): Promise<NativeError> {
    const { port, reason } = taken;
    const holders = (await this.#parts.facts.findHolders("tcp", [port], true)).get(port) ?? [];
    const who = holders
      .map(({ processId, processName }) => `process ${processId} (${processName})`)
      .join(", ");
    const seen =
      who === "" ? "Which process has it is not visible to this user." : `Held by ${who}.`;
    return new NativeError(
      "PORT_TAKEN",
      `Port ${port} of the block ${run.firstPort}-${lastPortOf(run)} is taken: ${reason}. ${seen} ` +
        "Nothing was reserved. Stop that process, choose another range, or let portlease choose one.",
      { port, holders },
    );
  }
}

function checkSupported({ kind, protocol, isolation }: ReserveBlockRequest): void {
  if (kind !== "held") {
    throw new NativeError(
      "UNSUPPORTED",
      `Blocks of kind ${kind} do not exist on this platform. Use kind held, or leave the kind to portlease.`,
    );
  }
  if (isolation === "per-lease") {
    throw new NativeError(
      "UNSUPPORTED",
      "Isolation per lease needs the reservation tokens of Windows; held ports have none. Use isolation shared.",
    );
  }
  if (protocol === "udp") {
    throw new NativeError(
      "UNSUPPORTED",
      "UDP ports cannot be held on this platform yet: without a packet filter the hold would take datagrams from its lessee. " +
        "Use TCP blocks.",
    );
  }
}

function noPlaceGiven(): NativeError {
  return new NativeError(
    "RANGE_INVALID",
    "A block with live leases comes back only where it was. Give its first port.",
  );
}

function noFreeRange(portCount: number, dynamicRange: PortRun): NativeError {
  return new NativeError(
    "NO_FREE_RANGE",
    `No ${portCount} consecutive free ports were found from 1024 to 65535 outside the range that the system itself picks ` +
      `from (${dynamicRange.firstPort}-${lastPortOf(dynamicRange)}) and outside net.ipv4.ip_local_reserved_ports. ` +
      "Ask for fewer ports, give a first port, or narrow the sysctl net.ipv4.ip_local_port_range.",
  );
}
