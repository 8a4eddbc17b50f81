// A socket that was bound for another process. It is never listened on or given to Node here.

import type {
  BindForTransferRequest,
  TransferableSocket,
  TransportProtocol,
} from "../host-ports.js";
import { parseIpAddress } from "../ip-address.js";
import { NativeError } from "../native-error.js";
import { bindPort } from "./bind-port.js";
import type { PortSockets, Socket } from "./port-sockets.js";
import type { Reservation } from "./reservations.js";
import { win32Error } from "./win32-failure.js";

/** `reservation` null: the port is not covered now, and is bound plainly. Throws NativeError. */
export function bindForTransfer(
  sockets: PortSockets,
  protocol: TransportProtocol,
  request: BindForTransferRequest,
  reservation: Reservation | null,
): TransferableSocket {
  const { port, address, ipv6Only } = request;
  const ip = parseIpAddress(address);
  if (ip === null) throw notAnAddress(address);
  const token = reservation?.token ?? 0n;
  const tokenPortCount = reservation?.run.portCount ?? 1;
  const bound = bindPort(sockets, { protocol, ip, port, ipv6Only, token, tokenPortCount });
  if (bound.socket === null) {
    throw win32Error(bound.failure, `for port ${port} on ${address}`, { port });
  }
  return new Win32TransferableSocket(sockets, bound.socket, port);
}

export function notAnAddress(address: string): NativeError {
  return new NativeError(
    "RANGE_INVALID",
    `"${address}" is not an IPv4 or IPv6 address. Give a literal without a zone, such as 127.0.0.1 or ::.`,
  );
}

class Win32TransferableSocket implements TransferableSocket {
  readonly port: number;
  readonly #sockets: PortSockets;
  #socket: Socket | null;

  constructor(sockets: PortSockets, socket: Socket, port: number) {
    this.#sockets = sockets;
    this.#socket = socket;
    this.port = port;
  }

  duplicateFor(processId: number): Uint8Array {
    if (this.#socket === null) throw new Error(`the socket of port ${this.port} is closed`);
    return this.#sockets.duplicate(this.#socket, processId, this.port);
  }

  close(): void {
    if (this.#socket === null) return;
    this.#sockets.close(this.#socket);
    this.#socket = null;
  }
}
