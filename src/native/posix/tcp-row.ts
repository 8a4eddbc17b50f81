// One TCP socket as the kernel describes it, whichever table it was read from, and what its state means for the port. Pure.

import type { IpFamily } from "../ip-address.js";

/**
 * Kernel states by number.
 * https://github.com/torvalds/linux/blob/v6.18/include/net/tcp_states.h
 */
const stateNames = [
  "unknown",
  "established",
  "syn-sent",
  "syn-received",
  "fin-wait-1",
  "fin-wait-2",
  "time-wait",
  "bound", // TCP_CLOSE: shown only for sockets that are bound and do nothing yet (Linux 6.8 and later, netlink only)
  "close-wait",
  "last-ack",
  "listen",
  "closing",
  "syn-received", // TCP_NEW_SYN_RECV
] as const;

export type TcpState = (typeof stateNames)[number];

export interface TcpRow {
  readonly family: IpFamily;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly state: TcpState;
  readonly userId: number;
  /** 0 when no process has the socket any more. */
  readonly inode: number;
}

/** "unknown" for numbers that newer kernels may add. */
export function tcpStateName(number: number): TcpState {
  return stateNames[number] ?? "unknown";
}

const closingStates: ReadonlySet<TcpState> = new Set([
  "fin-wait-1",
  "fin-wait-2",
  "time-wait",
  "closing",
  "last-ack",
]);

/**
 * True for what the kernel alone still keeps of an ended connection. Everything else is somebody's: also an ESTABLISHED
 * connection whose listener is gone, since its process goes on speaking to clients as the holder of this port.
 */
export function isRemainder(row: TcpRow): boolean {
  return row.inode === 0 && closingStates.has(row.state);
}

/** "a process listens on 127.0.0.1:20417"; for messages. */
export function describeTcpRow(row: TcpRow): string {
  const local = endpointText(row.localAddress, row.localPort);
  switch (row.state) {
    case "listen":
      return `a process listens on ${local}`;
    case "bound":
      return `a process of user id ${row.userId} is bound to ${local} without listening`;
    default:
      return `the connection ${local} to ${endpointText(row.remoteAddress, row.remotePort)} is still ${row.state}`;
  }
}

function endpointText(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
