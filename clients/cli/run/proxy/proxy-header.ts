// Who the peer is, for a program that sees only connections from the proxy: the PROXY protocol, text (v1) or binary (v2), at the
// beginning of each connection. https://github.com/haproxy/haproxy/blob/master/doc/proxy-protocol.txt

import { isIPv4 } from "node:net";

export type ProxyProtocol = "v1" | "v2";

/** Both ends of the connection that was accepted, as the peer would name them. */
export interface ConnectionEnds {
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly ownAddress: string;
  readonly ownPort: number;
}

/** Section 2.2 of the specification. */
const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
/** Version 2, command PROXY. */
const versionAndCommand = 0x21;
/** Address family in the high half, SOCK_STREAM in the low one. */
const tcpOver4 = 0x11;
const tcpOver6 = 0x21;

/** What is written before anything of the peer's. */
export function proxyHeader(protocol: ProxyProtocol, ends: ConnectionEnds): Buffer {
  const peer = plainAddress(ends.peerAddress);
  const own = plainAddress(ends.ownAddress);
  const isOver4 = isIPv4(peer) && isIPv4(own);
  if (protocol === "v1") {
    const words = isOver4 ? ["TCP4", peer, own] : ["TCP6", as6(peer), as6(own)];
    const line = ["PROXY", ...words, ends.peerPort, ends.ownPort].join(" ");
    return Buffer.from(`${line}\r\n`, "latin1");
  }
  const addresses = isOver4
    ? [bytesOf4(peer), bytesOf4(own)]
    : [bytesOf6(as6(peer)), bytesOf6(as6(own))];
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(ends.peerPort, 0);
  ports.writeUInt16BE(ends.ownPort, 2);
  const rest = Buffer.concat([...addresses, ports]);
  const head = Buffer.from([versionAndCommand, isOver4 ? tcpOver4 : tcpOver6, 0, rest.length]);
  return Buffer.concat([signature, head, rest]);
}

/** A socket for both families shows IPv4 peers as ::ffff:192.0.2.1; the zone of a link-local address means nothing to others. */
function plainAddress(address: string): string {
  const [bare = ""] = address.split("%");
  const mapped = /^::ffff:([0-9.]+)$/i.exec(bare)?.[1];
  return mapped ?? bare;
}

function as6(address: string): string {
  return isIPv4(address) ? `::ffff:${address}` : address;
}

function bytesOf4(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

/** `address` as the system writes it: https://www.rfc-editor.org/rfc/rfc5952 */
function bytesOf6(address: string): Buffer {
  const [front = "", back] = address.split("::");
  const head = groupsOf(front);
  const tail = groupsOf(back ?? "");
  const zeros = Array.from({ length: 16 - head.length - tail.length }, () => 0);
  return Buffer.from([...head, ...zeros, ...tail]);
}

function groupsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (isIPv4(group)) return [...bytesOf4(group)];
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
