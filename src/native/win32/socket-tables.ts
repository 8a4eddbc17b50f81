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

const mappedPrefix = "::ffff:";

export class SocketTables {
  readonly #win32: Win32;

  constructor(win32: Win32) {
    this.#win32 = win32;
  }

  /** Milliseconds on a host with thousands of sockets. Throws NativeError. */
  read(protocol: TransportProtocol): readonly ObservedSocket[] {
    const families: readonly IpFamily[] = ["ipv4", "ipv6"];
    return families.flatMap((family) =>
      decodeTable(protocol, family, this.#readTable(protocol, family)),
    );
  }

  /** See HostPorts: the row whose local end is the remote one of our socket. */
  ownsConnection(processId: number, ends: ConnectionEnds): "yes" | "no" | "unknown" {
    const local = plainAddress(ends.localAddress);
    const remote = plainAddress(ends.remoteAddress);
    const row = this.read("tcp").find(
      (socket) =>
        socket.localPort === ends.remotePort &&
        socket.remotePort === ends.localPort &&
        plainAddress(socket.localAddress) === remote &&
        plainAddress(socket.remoteAddress) === local,
    );
    if (row === undefined || row.processId === null) return "unknown";
    return row.processId === processId ? "yes" : "no";
  }

  #readTable(protocol: TransportProtocol, family: IpFamily): Buffer {
    const api = protocol === "tcp" ? "GetExtendedTcpTable" : "GetExtendedUdpTable";
    const { TCP_TABLE_OWNER_PID_ALL, UDP_TABLE_OWNER_PID } = tables;
    const tableClass = protocol === "tcp" ? TCP_TABLE_OWNER_PID_ALL : UDP_TABLE_OWNER_PID;
    const size = Buffer.alloc(4);
    let table: Buffer | null = null;
    let errorNumber = 0;
    for (let tries = 0; tries < readTriesMax; tries += 1) {
      errorNumber = this.#win32[api](table, size, 0, familyNumber[family], tableClass, 0);
      if (errorNumber === 0) return table ?? Buffer.alloc(0);
      if (errorNumber !== errors.ERROR_INSUFFICIENT_BUFFER) break;
      table = Buffer.alloc(size.readUInt32LE());
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
