// Reserves blocks on Linux and macOS: of kind HELD, by holding a socket on each port, and on Linux of kind ADMINISTERED, by the
// kernel's list of reserved ports. New ones at a given place or one to be found, and those that come back.

import type {
  PortRun,
  ReservationKind,
  ReservedBlock,
  ReserveBlockRequest,
  TransportProtocol,
} from "../host-ports.js";
import { NativeError } from "../native-error.js";
import { checkPortRun, lastPortOf, searchOrder } from "../port-runs.js";
import { LinuxAdministeredBlock } from "./administered-block.js";
import type { PortHolds } from "./claim-port.js";
import {
  claimFreeRun,
  claimNewRun,
  claimRunAgain,
  type ClaimedRun,
  type TakenPort,
} from "./claim-run.js";
import type { DescriptorLimit } from "./descriptor-limit.js";
import { closeInSlices, HeldBlock } from "./held-block.js";
import type { HostFacts } from "./host-facts.js";
import type { ReservedPortList } from "./reserved-port-list.js";
import { defaultDynamicRange } from "./sysctl.js";

export interface BlockReserverParts {
  readonly kinds: readonly ReservationKind[];
  /** `null`: this platform cannot hold ports of the protocol without harm to their lessees. */
  readonly holds: Readonly<Record<TransportProtocol, PortHolds | null>>;
  readonly reservedPorts: ReservedPortList;
  readonly descriptors: DescriptorLimit;
  readonly facts: HostFacts;
}

export class PosixBlockReserver {
  readonly #parts: BlockReserverParts;

  constructor(parts: BlockReserverParts) {
    this.#parts = parts;
  }

  /** See HostPorts.reserveBlock. */
  async reserve(request: ReserveBlockRequest): Promise<ReservedBlock> {
    const { firstPort, portCount, leasedPorts, kind } = request;
    this.#checkSupported(request);
    checkPortRun(firstPort, portCount);
    if (leasedPorts !== null && firstPort === null) throw noPlaceGiven();
    const holds = this.#holdsOf(request);
    if (leasedPorts === null) return await this.#reserveNew(holds, request);
    const run = { firstPort: firstPort ?? 0, portCount };
    if (kind === "administered") return await this.#listAgain(holds, run, request);
    this.#parts.descriptors.ensure(portCount);
    const lends = request.lendsPorts === true;
    const { descriptors } = await claimRunAgain(holds, run, leasedPorts, lends);
    return new HeldBlock(holds, request.protocol, run, descriptors, lends ? leasedPorts : null);
  }

  /** For ADMINISTERED the holds only keep others out until the kernel has the run in its list. */
  async #reserveNew(holds: PortHolds, request: ReserveBlockRequest): Promise<ReservedBlock> {
    this.#parts.descriptors.ensure(request.portCount);
    const { run, descriptors } = await this.#claim(holds, request);
    const { protocol, kind, lendsPorts } = request;
    const lent = lendsPorts === true ? new Set<number>() : null;
    if (kind === "held") return new HeldBlock(holds, protocol, run, descriptors, lent);
    const { reservedPorts } = this.#parts;
    try {
      if (request.firstPort !== null) refuseListed(reservedPorts, run);
      await request.intend(run);
      reservedPorts.add(run);
      return new LinuxAdministeredBlock(reservedPorts, holds, protocol, run);
    } finally {
      await closeInSlices(
        holds,
        descriptors.filter((descriptor) => descriptor !== null),
      );
    }
  }

  /** After a reboot the list is empty. */
  async #listAgain(
    holds: PortHolds,
    run: PortRun,
    { protocol, intend }: ReserveBlockRequest,
  ): Promise<ReservedBlock> {
    const { reservedPorts } = this.#parts;
    if (!reservedPorts.has(run)) {
      await intend(run);
      reservedPorts.add(run);
    }
    return new LinuxAdministeredBlock(reservedPorts, holds, protocol, run);
  }

  async #claim(
    holds: PortHolds,
    { firstPort, portCount, protocol }: ReserveBlockRequest,
  ): Promise<ClaimedRun> {
    if (firstPort === null) return await this.#claimAnywhere(holds, portCount);
    const run = { firstPort, portCount };
    const claimed = await claimNewRun(holds, run);
    if ("port" in claimed) throw await this.#portTaken(claimed, run, protocol);
    return claimed;
  }

  async #claimAnywhere(holds: PortHolds, portCount: number): Promise<ClaimedRun> {
    const { facts } = this.#parts;
    const dynamicRange = (await facts.dynamicRange()) ?? defaultDynamicRange;
    const excluded = (await facts.excludedRanges()) ?? [];
    const places = searchOrder(portCount, dynamicRange, excluded);
    const claimed = await claimFreeRun(holds, places, portCount);
    if (claimed === null) throw noFreeRange(portCount, dynamicRange);
    return claimed;
  }

  async #portTaken(
    { port, reason }: TakenPort,
    run: PortRun,
    protocol: TransportProtocol,
  ): Promise<NativeError> {
    const found = await this.#parts.facts.findHolders(protocol, [port], true);
    const holders = found.get(port) ?? [];
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

  #holdsOf({ protocol }: ReserveBlockRequest): PortHolds {
    const holds = this.#parts.holds[protocol];
    if (holds !== null) return holds;
    throw new NativeError(
      "UNSUPPORTED",
      "UDP ports cannot be held on this platform: without a packet filter the hold would take datagrams from its lessee. " +
        "Use TCP blocks.",
    );
  }

  #checkSupported({ kind, isolation }: ReserveBlockRequest): void {
    if (!this.#parts.kinds.includes(kind)) {
      throw new NativeError(
        "UNSUPPORTED",
        kind === "administered"
          ? "Blocks of kind administered need root here, to change net.ipv4.ip_local_reserved_ports, and Linux. Run the broker as root, or use kind held."
          : `Blocks of kind ${kind} do not exist on this platform. Use kind held, or leave the kind to portlease.`,
      );
    }
    if (isolation === "per-lease") {
      throw new NativeError(
        "UNSUPPORTED",
        `Isolation per lease needs the reservation tokens of Windows; ${kind} ports have none here. Use isolation shared.`,
      );
    }
  }
}

/** Whoever put ports there counts on them, and would miss them when the block goes. */
function refuseListed(list: ReservedPortList, run: PortRun): void {
  const there = list
    .read()
    .find((other) => other.firstPort <= lastPortOf(run) && run.firstPort <= lastPortOf(other));
  if (there === undefined) return;
  throw new NativeError(
    "PORT_TAKEN",
    `The block ${run.firstPort}-${lastPortOf(run)} overlaps ports ${there.firstPort}-${lastPortOf(there)}, which ` +
      "net.ipv4.ip_local_reserved_ports keeps for somebody already. Nothing was reserved. If it is an earlier block of portlease, " +
      "adopt or delete it with portlease blocks; else choose another range, or take them out with sysctl first.",
    { port: Math.max(run.firstPort, there.firstPort) },
  );
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
