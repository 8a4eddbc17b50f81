// Parses the text of /proc/net/{tcp,tcp6,udp,udp6}. Pure; reads no files.
// https://docs.kernel.org/networking/proc_net_tcp.html

import { formatIpv4, formatIpv6, type IpFamily } from "../ip-address.js";
import { hostLittleEndian } from "./layout.js";
import { type TcpRow, tcpStateName } from "./tcp-row.js";

/** Same columns for UDP, where `state` means nothing beyond "bound" and "connected". */
export type ProcNetRow = TcpRow;

/**
 * Rows in file order. Lines that do not look like a socket (the heading, a line cut off by a concurrent change) are skipped.
 * `port`: only rows of this local port. `littleEndian`: byte order of the host that wrote the text.
 */
export function parseProcNet(
  text: string,
  family: IpFamily,
  port: number | null = null,
  littleEndian: boolean = hostLittleEndian,
): readonly ProcNetRow[] {
  const rows: ProcNetRow[] = [];
  for (const line of text.split("\n")) {
    const row = parseLine(line, family, port, littleEndian);
    if (row !== null) rows.push(row);
  }
  return rows;
}

const linePattern =
  /^\s*\d+: ([\dA-F]+):([\dA-F]{4}) ([\dA-F]+):([\dA-F]{4}) ([\dA-F]{2}) \S+ \S+ \S+\s+(\d+)\s+\d+\s+(\d+)\s/;

function parseLine(
  line: string,
  family: IpFamily,
  port: number | null,
  littleEndian: boolean,
): ProcNetRow | null {
  const fields = linePattern.exec(line);
  if (fields === null) return null;
  const [, local = "", localPort = "", remote = "", remotePort = "", state = "", user, inode] =
    fields;
  const localPortNumber = Number.parseInt(localPort, 16);
  if (port !== null && port !== localPortNumber) return null;
  return {
    family,
    localAddress: decodeAddress(local, family, littleEndian),
    localPort: localPortNumber,
    remoteAddress: decodeAddress(remote, family, littleEndian),
    remotePort: Number.parseInt(remotePort, 16),
    state: tcpStateName(Number.parseInt(state, 16)),
    userId: Number(user),
    inode: Number(inode),
  };
}

/** The kernel prints network-order addresses as 32-bit words of the host, so each group of four bytes may be reversed. */
function decodeAddress(hex: string, family: IpFamily, littleEndian: boolean): string {
  const bytes = Buffer.from(hex, "hex");
  if (littleEndian) bytes.swap32();
  return family === "ipv4" ? formatIpv4(bytes) : formatIpv6(bytes);
}
