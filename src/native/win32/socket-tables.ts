// Reads the socket tables of Windows, both families, and answers whose sockets are whose.
// https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getextendedtcptable

import type { ConnectionEnds, ObservedSocket, TransportProtocol } from "../host-ports.js";
import type { IpFamily } from "../ip-address.js";
import type { Win32 } from "./bindings.js";
import { decodeTable } from "./decode-tables.js";
import { errors } from "./error-table.js";
import { tables } from "./layout.js";
import { familyNumber } from "./sockaddr.js";
import { win32Error } from "./win32-failure.js";

/** The table can grow between asking for its size and for itself; more often than this it is not asked again. */
const readTriesMax = 16;
/** About 70 rows of the widest table. */
const spareBytesMin = 4_096;

const mappedPrefix = "::ffff:";

export class SocketTables {
  readonly #win32: Win32;

  constructor(win32: Win32) {
    this.#win32 = win32;
  }

  /** All of them. Milliseconds on a host with thousands of sockets. Throws NativeError. */
  read(protocol: TransportProtocol): readonly ObservedSocket[] {
    return protocol === "tcp"
      ? this.#decode(protocol, tables.TCP_TABLE_OWNER_PID_ALL)
      : this.#decode(protocol, tables.UDP_TABLE_OWNER_PID);
  }

  /**
   * Those that a process can have: without what ended connections leave (TIME_WAIT), of which a busy host has thousands and
   * which Wine looks up one by one. Only those on these local ports. Throws NativeError.
   */
  readOwned(
    protocol: TransportProtocol,
    localPorts: ReadonlySet<number>,
  ): readonly ObservedSocket[] {
    const isWanted = (port: number): boolean => localPorts.has(port);
    if (protocol === "udp") return this.#decode(protocol, tables.UDP_TABLE_OWNER_PID, isWanted);
    return [
      ...this.#decode(protocol, tables.TCP_TABLE_OWNER_PID_LISTENER, isWanted),
      ...this.#decode(protocol, tables.TCP_TABLE_OWNER_PID_CONNECTIONS, isWanted),
    ];
  }

  /** See HostPorts: the row whose local end is the remote one of our socket. */
  connectionOwner(ends: ConnectionEnds): number | null {
    const local = plainAddress(ends.localAddress);
    const remote = plainAddress(ends.remoteAddress);
    const row = this.#connectionsOrNone(ends.remotePort).find(
      (socket) =>
        socket.remotePort === ends.localPort &&
        plainAddress(socket.localAddress) === remote &&
        plainAddress(socket.remoteAddress) === local,
    );
    return row?.processId ?? null;
  }

  /** Tables that cannot be read tell nothing about anybody, which is no failure of whoever is asked about. */
  #connectionsOrNone(localPort: number): readonly ObservedSocket[] {
    try {
      const isWanted = (port: number): boolean => port === localPort;
      return this.#decode("tcp", tables.TCP_TABLE_OWNER_PID_CONNECTIONS, isWanted);
    } catch {
      return [];
    }
  }

  #decode(
    protocol: TransportProtocol,
    tableClass: number,
    isWanted?: (localPort: number) => boolean,
  ): readonly ObservedSocket[] {
    const families: readonly IpFamily[] = ["ipv4", "ipv6"];
    return families.flatMap((family) =>
      decodeTable(protocol, family, this.#readTable(protocol, family, tableClass), isWanted),
    );
  }

  #readTable(protocol: TransportProtocol, family: IpFamily, tableClass: number): Buffer {
    const api = protocol === "tcp" ? "GetExtendedTcpTable" : "GetExtendedUdpTable";
    const size = Buffer.alloc(4);
    let table: Buffer | null = null;
    let errorNumber = 0;
    for (let tries = 0; tries < readTriesMax; tries += 1) {
      errorNumber = this.#win32[api](table, size, 0, familyNumber[family], tableClass, 0);
      if (errorNumber === 0) return table ?? Buffer.alloc(0);
      // Wine answers so when the table grew each time that it looked: asked again, it looks again.
      if (errorNumber === errors.ERROR_OUTOFMEMORY) continue;
      if (errorNumber !== errors.ERROR_INSUFFICIENT_BUFFER) break;
      // With room for what comes until it is asked again: on a busy host the table grows all the time.
      const needed = size.readUInt32LE();
      table = Buffer.alloc(needed + Math.max(spareBytesMin, Math.ceil(needed / 4)));
      size.writeUInt32LE(table.length);
    }
    // A host without IPv6 has no such table.
    if (errorNumber === errors.ERROR_NOT_SUPPORTED) return Buffer.alloc(0);
    throw win32Error({ api, errorNumber }, `for the ${protocol} sockets over ${family}`);
  }
}

/** An IPv4 peer of a dual-stack socket is the same peer. */
function plainAddress(address: string): string {
  return address.startsWith(mappedPrefix) ? address.slice(mappedPrefix.length) : address;
}
