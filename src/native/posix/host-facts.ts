// What can be read of a host without changing it: sockets, holders, processes, port ranges. Linux reads /proc and netlink.

import { setImmediate as nextTurn } from "node:timers/promises";
import type {
  ConnectionEnds,
  ExcludedRange,
  ObservedSocket,
  PortHolder,
  PortRun,
  ProcessIdentity,
  TransportProtocol,
} from "../host-ports.js";
import type { IpFamily } from "../ip-address.js";
import { NativeError } from "../native-error.js";
import { parseProcNet, type ProcNetRow } from "./proc-net.js";
import {
  findSocketHolders,
  findSocketHoldersNow,
  hasSocket,
  identifyProcess,
  isDescendant,
  sharesNetwork,
} from "./processes.js";
import { parsePortList, parsePortRange } from "./sysctl.js";
import type { TcpTables } from "./tcp-tables.js";
import { readText } from "./text-files.js";

/** The reading half of HostPorts; see there for the contracts. */
export interface HostFacts {
  observeSockets(protocol: TransportProtocol): Promise<readonly ObservedSocket[]>;
  /** `ownHolds`: whether sockets of this process that are bound without listening count. */
  findHolders(
    protocol: TransportProtocol,
    ports: readonly number[],
    ownHolds: boolean,
  ): Promise<ReadonlyMap<number, readonly PortHolder[]>>;
  dynamicRange(): Promise<PortRun | null>;
  excludedRanges(): Promise<readonly ExcludedRange[] | null>;
  identifyProcess(processId: number): ProcessIdentity | null;
  isDescendant(processId: number, ancestorId: number): boolean | null;
  sharesNetwork(processId: number): boolean | null;
  connectionOwner(connection: ConnectionEnds, likelyProcessId: number): number | null;
}

/** Tells sockets that only hold a UDP port: the tables show them like any other. */
export interface OwnHolds {
  has(inode: number): boolean;
}

const families: readonly IpFamily[] = ["ipv4", "ipv6"];

/** How much of a table is parsed before other work of the process gets its turn: about 1,700 sockets, 2 to 3 ms. */
const charactersPerSlice = 262_144;

export class LinuxHostFacts implements HostFacts {
  readonly #tables: TcpTables;
  readonly #udpHolds: OwnHolds;

  constructor(tables: TcpTables, udpHolds: OwnHolds) {
    this.#tables = tables;
    this.#udpHolds = udpHolds;
  }

  async observeSockets(protocol: TransportProtocol): Promise<readonly ObservedSocket[]> {
    const rows = (await readProcNet(protocol)).filter(({ inode }) => !this.#udpHolds.has(inode));
    return rows.map((row) => ({
      protocol,
      family: row.family,
      localAddress: row.localAddress,
      localPort: row.localPort,
      remoteAddress: row.remoteAddress,
      remotePort: row.remotePort,
      state: protocol === "udp" ? "bound" : observedState(row),
      processId: null,
      // 0 is no socket's: what the kernel keeps of an ended connection.
      socketId: row.inode === 0 ? null : row.inode,
    }));
  }

  async findHolders(
    protocol: TransportProtocol,
    ports: readonly number[],
    ownHolds: boolean,
  ): Promise<ReadonlyMap<number, readonly PortHolder[]>> {
    const rows = (await this.#rowsOn(protocol, ports)).filter((row) => row.inode !== 0);
    const byInode = await findSocketHolders(new Set(rows.map((row) => row.inode)), nextTurn);
    const byPort = new Map<number, PortHolder[]>();
    for (const row of rows) {
      for (const holder of byInode.get(row.inode) ?? []) {
        if (!ownHolds && this.#isOwnHold(protocol, row, holder)) continue;
        const known = byPort.get(row.localPort) ?? [];
        if (known.some(({ processId }) => processId === holder.processId)) continue;
        byPort.set(row.localPort, [...known, holder]);
      }
    }
    return byPort;
  }

  async dynamicRange(): Promise<PortRun | null> {
    const text = await readText("/proc/sys/net/ipv4/ip_local_port_range");
    return text === null ? null : parsePortRange(text);
  }

  async excludedRanges(): Promise<readonly ExcludedRange[] | null> {
    const text = await readText("/proc/sys/net/ipv4/ip_local_reserved_ports");
    if (text === null) return null;
    return parsePortList(text)?.map((run) => ({ ...run, administered: true })) ?? null;
  }

  identifyProcess(processId: number): ProcessIdentity | null {
    return identifyProcess(processId);
  }

  isDescendant(processId: number, ancestorId: number): boolean | null {
    return isDescendant(processId, ancestorId);
  }

  sharesNetwork(processId: number): boolean | null {
    return sharesNetwork(processId);
  }

  /** The row of the other end has the ends exchanged; the kernel's own tables name the socket by its inode. */
  connectionOwner(connection: ConnectionEnds, likelyProcessId: number): number | null {
    const rows = this.#tables.rowsOn({ firstPort: connection.remotePort, portCount: 1 });
    const row = rows.find(
      (candidate) =>
        candidate.inode !== 0 &&
        candidate.remotePort === connection.localPort &&
        sameHost(candidate.localAddress, connection.remoteAddress) &&
        sameHost(candidate.remoteAddress, connection.localAddress),
    );
    if (row === undefined) return null;
    if (hasSocket(likelyProcessId, row.inode)) return likelyProcessId;
    const holders = findSocketHoldersNow(new Set([row.inode])).get(row.inode) ?? [];
    return holders[0]?.processId ?? null;
  }

  #isOwnHold(
    protocol: TransportProtocol,
    { state, inode }: ProcNetRow,
    { processId }: PortHolder,
  ): boolean {
    if (protocol === "udp") return this.#udpHolds.has(inode);
    return state === "bound" && processId === process.pid;
  }

  async #rowsOn(
    protocol: TransportProtocol,
    ports: readonly number[],
  ): Promise<readonly ProcNetRow[]> {
    if (ports.length === 0) return [];
    const wanted = new Set(ports);
    const firstPort = ports.reduce((a, b) => Math.min(a, b));
    const portCount = ports.reduce((a, b) => Math.max(a, b)) - firstPort + 1;
    const rows =
      protocol === "tcp"
        ? this.#tables.rowsOn({ firstPort, portCount })
        : await readProcNet(protocol);
    return rows.filter((row) => wanted.has(row.localPort));
  }
}

async function readProcNet(protocol: TransportProtocol): Promise<readonly ProcNetRow[]> {
  const rows: ProcNetRow[] = [];
  for (const family of families) {
    // A host without IPv6 has no such file.
    const text = (await readText(`/proc/net/${protocol}${family === "ipv6" ? "6" : ""}`)) ?? "";
    for (let start = 0; start < text.length;) {
      const lineEnd = text.indexOf("\n", start + charactersPerSlice);
      const end = lineEnd === -1 ? text.length : lineEnd;
      for (const row of parseProcNet(text.slice(start, end), family)) rows.push(row);
      start = end;
      if (start < text.length) await nextTurn();
    }
  }
  return rows;
}

/** An IPv4 peer of a dual-stack socket has a mapped address on one side only. */
function sameHost(address: string, other: string): boolean {
  return withoutMapping(address) === withoutMapping(other);
}

function withoutMapping(address: string): string {
  return address.replace(/^::ffff:/i, "");
}

function observedState(row: ProcNetRow): ObservedSocket["state"] {
  switch (row.state) {
    case "listen":
    case "established":
    case "time-wait":
      return row.state;
    default:
      return "other";
  }
}

/** Platforms whose tables portlease does not read: nothing is known, which is not the same as nothing being there. */
export class UnknownHostFacts implements HostFacts {
  readonly #platform: string;

  constructor(platform: string) {
    this.#platform = platform;
  }

  observeSockets(): Promise<never> {
    return Promise.reject(this.#unsupported("list the sockets"));
  }

  findHolders(): Promise<ReadonlyMap<number, readonly PortHolder[]>> {
    return Promise.resolve(new Map());
  }

  dynamicRange(): Promise<null> {
    return Promise.resolve(null);
  }

  excludedRanges(): Promise<null> {
    return Promise.resolve(null);
  }

  identifyProcess(): never {
    throw this.#unsupported("identify the processes");
  }

  isDescendant(): null {
    return null;
  }

  sharesNetwork(): null {
    return null;
  }

  connectionOwner(): null {
    return null;
  }

  #unsupported(what: string): NativeError {
    return new NativeError(
      "UNSUPPORTED",
      `portlease cannot ${what} of a ${this.#platform} host. Use leases without a process id there.`,
    );
  }
}
