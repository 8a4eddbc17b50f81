// Asks the kernel which TCP sockets have a local port in a given run: over netlink, else from /proc/net. Judges nothing.

import type { PortRun } from "../host-ports.js";
import type { IpFamily } from "../ip-address.js";
import { lastPortOf } from "../port-runs.js";
import type { Libc } from "./bindings.js";
import { linuxLayout, netlink } from "./layout.js";
import { parseProcNet } from "./proc-net.js";
import { decodeTcpDump, encodeTcpDump } from "./sock-diag.js";
import type { TcpRow } from "./tcp-row.js";
import { readTextNow } from "./text-files.js";

/** Reads TCP sockets by local port. */
export interface TcpTables {
  /**
   * Synchronous: the kernel walks all its sockets, which takes about 0.5 ms on a quiet host and 2 to 4 ms beside 10,000 held
   * ports (Linux 6.18, one core of a shared virtual machine).
   * Sockets that are bound and do nothing yet are among the rows on Linux 6.8 and later, and missing before:
   * a caller that has such a socket itself can tell by looking for it.
   */
  rowsOn(ports: PortRun): readonly TcpRow[];
}

/** The kernel sends at most 32 KiB at a time. */
const receiveBytes = 65_536;
/** A dump of every socket that a host could have; more means that the kernel repeats itself. */
const partsMax = 4_096;

const families: readonly IpFamily[] = ["ipv4", "ipv6"];

/** Over netlink, falling back to /proc/net where the kernel or a sandbox offers no TCP diagnostics. */
export class NetlinkTcpTables implements TcpTables {
  readonly #libc: Libc;
  readonly #fallback: TcpTables;

  constructor(libc: Libc, fallback: TcpTables) {
    this.#libc = libc;
    this.#fallback = fallback;
  }

  rowsOn(ports: PortRun): readonly TcpRow[] {
    const { AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG } = netlink;
    const type = SOCK_RAW | linuxLayout.socketTypeFlags;
    const descriptor = this.#libc.socket(AF_NETLINK, type, NETLINK_SOCK_DIAG);
    if (descriptor === -1) return this.#fallback.rowsOn(ports);
    try {
      const rows: TcpRow[] = [];
      for (const family of families) {
        const dump = this.#dump(descriptor, family, ports);
        if (dump === null) return this.#fallback.rowsOn(ports);
        rows.push(...dump);
      }
      return rows;
    } finally {
      this.#libc.close(descriptor);
    }
  }

  #dump(descriptor: number, family: IpFamily, ports: PortRun): readonly TcpRow[] | null {
    const request = encodeTcpDump(family, ports);
    if (this.#libc.send(descriptor, request, request.length, 0) !== request.length) return null;
    const rows: TcpRow[] = [];
    const buffer = Buffer.alloc(receiveBytes);
    for (let parts = 0; parts < partsMax; parts += 1) {
      // The answer is made inside send and recv themselves, so it is there: not waiting can never cut it short.
      const length = this.#libc.recv(descriptor, buffer, buffer.length, netlink.MSG_DONTWAIT);
      if (length <= 0) return null;
      const part = decodeTcpDump(buffer.subarray(0, length));
      if (part.errorNumber !== null) return null;
      rows.push(...part.rows);
      if (part.done) return rows;
    }
    return null;
  }
}

/** From /proc/net/tcp and tcp6: never shows sockets that are bound and do nothing yet. */
export class ProcTcpTables implements TcpTables {
  rowsOn(ports: PortRun): readonly TcpRow[] {
    const one = ports.portCount === 1 ? ports.firstPort : null;
    const rows = families.flatMap((family) => {
      const text = readTextNow(family === "ipv4" ? "/proc/net/tcp" : "/proc/net/tcp6");
      return text === null ? [] : parseProcNet(text, family, one);
    });
    return rows.filter(
      (row) => row.localPort >= ports.firstPort && row.localPort <= lastPortOf(ports),
    );
  }
}

/** Where the kernel's tables cannot be read: nobody is ever seen, so every doubt about a port stays a doubt. */
export class NoTcpTables implements TcpTables {
  rowsOn(): readonly TcpRow[] {
    return [];
  }
}
