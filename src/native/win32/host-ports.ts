// HostPorts on Windows: blocks of kind PERSISTENT, RUNTIME and ADMINISTERED, and what the host's tables tell.

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
  ReservationKind,
  ReservationQuery,
  ReserveBlockRequest,
  ReservedBlock,
  TransportProtocol,
} from "../host-ports.js";
import type { IpFamily } from "../ip-address.js";
import { NativeError } from "../native-error.js";
import { checkPortRun } from "../port-runs.js";
import type { PortTrials } from "./bind-port.js";
import { checkSupported, noPlaceGiven, notElevated } from "./block-requests.js";
import { findMade } from "./claim-reservations.js";
import type { Exclusions } from "./exclusions.js";
import { freeRuns, kernelRuns } from "./find-run.js";
import type { PersistentCalls } from "./persistent-calls.js";
import type { PortSockets } from "./port-sockets.js";
import type { Processes } from "./processes.js";
import { reserveAdministered } from "./reserve-administered.js";
import { type BlockPlaces, reserveTokenBlock } from "./reserve-block.js";
import {
  PersistentReservations,
  type ReservationMaker,
  RuntimeReservations,
} from "./reservations.js";
import type { SocketTables } from "./socket-tables.js";
import { forRun, isAbsent } from "./token-block.js";
import { tryBind } from "./try-bind.js";
import { win32Error } from "./win32-failure.js";

/** What Win32HostPorts is made of; open.ts puts it together. */
export interface Win32HostParts {
  readonly sockets: PortSockets;
  readonly trials: PortTrials;
  readonly persistent: PersistentCalls;
  readonly exclusions: Exclusions;
  readonly tables: SocketTables;
  readonly processes: Processes;
  readonly elevated: boolean;
  /** Whether this build has the calls for persistent reservations. */
  readonly hasPersistent: boolean;
  readonly ipv6: boolean;
}

export class Win32HostPorts implements HostPorts {
  readonly #parts: Win32HostParts;
  readonly #family: IpFamily;

  constructor(parts: Win32HostParts) {
    this.#parts = parts;
    this.#family = parts.ipv6 ? "ipv6" : "ipv4";
  }

  capabilities(): HostCapabilities {
    const { elevated, hasPersistent, ipv6 } = this.#parts;
    const persistent = elevated && hasPersistent;
    const elevatedKinds: readonly ReservationKind[] = hasPersistent
      ? ["persistent", "runtime", "administered"]
      : ["runtime", "administered"];
    return {
      platform: "win32",
      elevated,
      kinds: elevated ? elevatedKinds : ["runtime"],
      autoKind: persistent ? "persistent" : "runtime",
      autoKindReason: autoKindReason(elevated, hasPersistent),
      reservesOwnPorts: true,
      ipv6,
      descriptorsMax: null,
    };
  }

  async reserveBlock(request: ReserveBlockRequest): Promise<ReservedBlock> {
    const { kind, protocol, firstPort, portCount, leasedPorts } = request;
    checkSupported(request, this.#parts.hasPersistent);
    checkPortRun(firstPort, portCount);
    if (leasedPorts !== null && firstPort === null) throw noPlaceGiven();
    if (kind !== "runtime" && !this.#parts.elevated) throw notElevated(kind);
    const places = this.#placesFor(protocol);
    if (kind === "administered")
      return await reserveAdministered({ ...this.#parts, places }, request);
    const maker = this.#makerOf(kind === "persistent" ? "persistent" : "runtime", protocol);
    const { trials, sockets } = this.#parts;
    return await reserveTokenBlock(
      { maker, trials, sockets, family: this.#family, places },
      request,
    );
  }

  observeSockets(protocol: TransportProtocol): Promise<readonly ObservedSocket[]> {
    return settled(() => this.#parts.tables.read(protocol));
  }

  /** The tables name the owners, so that only their names are looked up. Reserved ports without a socket are in no table. */
  findHolders(
    protocol: TransportProtocol,
    ports: readonly number[],
  ): Promise<ReadonlyMap<number, readonly PortHolder[]>> {
    return settled(() => this.#findHolders(protocol, ports));
  }

  dynamicRange(protocol: TransportProtocol): Promise<PortRun | null> {
    return this.#parts.exclusions.dynamicRange(protocol);
  }

  excludedRanges(protocol: TransportProtocol): Promise<readonly ExcludedRange[] | null> {
    return this.#parts.exclusions.list(protocol);
  }

  identifyProcess(processId: number): ProcessIdentity | null {
    return this.#parts.processes.identify(processId);
  }

  watchProcess(processId: number): ProcessWatch | null {
    return this.#parts.processes.watch(processId);
  }

  hasProcessEnded(identity: Pick<ProcessIdentity, "processId" | "startTime">): boolean | null {
    return this.#parts.processes.hasEnded(identity);
  }

  isDescendant(processId: number, ancestorId: number): boolean | null {
    return this.#parts.processes.isDescendant(processId, ancestorId);
  }

  /** No source says how a process's network compartment is told. */
  sharesNetwork(): null {
    return null;
  }

  connectionOwner(connection: ConnectionEnds): number | null {
    return this.#parts.tables.connectionOwner(connection);
  }

  tryBind(protocol: TransportProtocol, address: string, port: number): BindTrial {
    return tryBind(this.#parts.sockets, protocol, address, port);
  }

  async hasReservation({ kind, protocol, ...run }: ReservationQuery): Promise<boolean | null> {
    checkPortRun(run.firstPort, run.portCount);
    if (kind === "administered") return await this.#parts.exclusions.has(protocol, run);
    if (kind !== "persistent") return false;
    if (!this.#parts.hasPersistent) return null;
    const found = this.#parts.persistent.lookup(protocol, run);
    if (found === null || typeof found === "bigint") return found !== null;
    throw win32Error(found, forRun(run));
  }

  async removeReservation({ kind, protocol, ...run }: ReservationQuery): Promise<number> {
    checkPortRun(run.firstPort, run.portCount);
    if (kind === "administered") return await this.#parts.exclusions.removeWithin(protocol, run);
    if (kind !== "persistent") return 0;
    const maker = this.#makerOf("persistent", protocol);
    // Both ways that a block may have been made; what was one reservation has no single ones besides.
    const made = await findMade(maker, run, null);
    let removed = 0;
    for (const reservation of made) {
      const failure = maker.remove(reservation);
      if (failure === null) removed += 1;
      else if (!isAbsent(failure)) throw win32Error(failure, forRun(reservation.run));
    }
    return removed;
  }

  #makerOf(kind: "persistent" | "runtime", protocol: TransportProtocol): ReservationMaker {
    const { persistent, sockets } = this.#parts;
    if (kind === "persistent") return new PersistentReservations(persistent, protocol);
    return new RuntimeReservations(sockets, protocol, this.#family);
  }

  #placesFor(protocol: TransportProtocol): BlockPlaces {
    return {
      candidates: ({ pick, portCount }) =>
        pick === "any"
          ? kernelRuns(this.#parts.sockets, protocol, this.#family, portCount)
          : this.#freeRuns(protocol, portCount),
      holdersOf: async (port) =>
        (await orUnknown(this.findHolders(protocol, [port])))?.get(port) ?? [],
    };
  }

  async *#freeRuns(protocol: TransportProtocol, portCount: number): AsyncGenerator<PortRun> {
    const [dynamicRange, excluded] = await Promise.all([
      orUnknown(this.dynamicRange(protocol)),
      orUnknown(this.excludedRanges(protocol)),
    ]);
    yield* freeRuns(this.#parts.trials, protocol, portCount, dynamicRange, excluded ?? []);
  }

  #findHolders(
    protocol: TransportProtocol,
    ports: readonly number[],
  ): ReadonlyMap<number, readonly PortHolder[]> {
    const wanted = new Set(ports);
    const owners = new Map<number, Set<number>>();
    const rows = wanted.size === 0 ? [] : this.#parts.tables.readOwned(protocol, wanted);
    for (const { localPort, processId } of rows) {
      if (processId === null) continue;
      owners.set(localPort, (owners.get(localPort) ?? new Set()).add(processId));
    }
    const names = owners.size === 0 ? null : this.#parts.processes.snapshot();
    return new Map(
      [...owners].map(([port, processIds]) => [
        port,
        [...processIds].map((processId) => ({
          processId,
          processName: names?.get(processId)?.processName ?? "",
        })),
      ]),
    );
  }
}

/** `null` where the host does not tell: there is no netsh in small images. What is only nice to know stops no block. */
async function orUnknown<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NativeError) return null;
    throw error;
  }
}

function settled<T>(read: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(read());
  });
}

function autoKindReason(elevated: boolean, hasPersistent: boolean): string {
  if (!hasPersistent) {
    return "This build of Windows has no persistent reservations, so the broker reserves ports for as long as it runs.";
  }
  return elevated
    ? "The broker runs elevated, so it can make reservations that outlive it and survive a reboot."
    : "The broker does not run elevated, so it reserves ports for as long as it runs and hands bound sockets over; " +
        "run it as administrator or as a service under LocalSystem for persistent reservations.";
}
