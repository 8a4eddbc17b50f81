// Binds leased ports for their holder on Windows: with the token of the lease, or plainly, or opens what the broker bound.
// Always exclusive, never SO_REUSEADDR: that would let another program take the same address.
// https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse

import type {
  BindLeasedRequest,
  BoundSocket,
  LesseeSockets,
  OpenTransferredRequest,
  TransportProtocol,
} from "../host-ports.js";
import { parseIpAddress } from "../ip-address.js";
import { NativeError } from "../native-error.js";
import { OwnedSocket } from "../owned-socket.js";
import { checkPort } from "../port-runs.js";
import { bindPort } from "./bind-port.js";
import { structs } from "./layout.js";
import { type PortSockets, type Socket } from "./port-sockets.js";
import { notAnAddress } from "./transferable-socket.js";
import { win32Error } from "./win32-failure.js";

export class Win32LesseeSockets implements LesseeSockets {
  readonly #sockets: PortSockets;

  constructor(sockets: PortSockets) {
    this.#sockets = sockets;
  }

  /**
   * ACCESS_DENIED when this process is not elevated and the port has a token: ask the broker with TransferSocket then.
   * RESERVATION_GONE when the token is out of date.
   */
  bindLeased(request: BindLeasedRequest): BoundSocket {
    const { protocol, port, address, ipv6Only, bindMethod, tokenPortCount } = request;
    checkMethod(request);
    checkPort(port);
    const ip = parseIpAddress(address);
    if (ip === null) throw notAnAddress(address);
    const token = bindMethod === "associate" ? request.token : 0n;
    const bound = bindPort(this.#sockets, { protocol, ip, port, ipv6Only, token, tokenPortCount });
    if (bound.socket !== null) {
      return new Win32BoundSocket(this.#sockets, bound.socket, protocol, port);
    }
    throw win32Error(bound.failure, `for port ${port} on ${address}`, { port });
  }

  openTransferred({ protocol, port, protocolInfo }: OpenTransferredRequest): BoundSocket {
    checkPort(port);
    const { size } = structs.WSAPROTOCOL_INFOW;
    if (protocolInfo.length !== size) {
      throw new NativeError(
        "RANGE_INVALID",
        `A handed-over socket is ${size} bytes, not ${protocolInfo.length}. Pass on what TransferSocket answered.`,
        { port },
      );
    }
    const socket = this.#sockets.openDuplicate(protocolInfo, port);
    const bound = new Win32BoundSocket(this.#sockets, socket, protocol, port);
    try {
      this.#checkBoundTo(socket, port);
    } catch (error) {
      bound.close();
      throw error;
    }
    return bound;
  }

  #checkBoundTo(socket: Socket, port: number): void {
    const localPort = this.#sockets.localPort(socket);
    if (localPort === port) return;
    throw new NativeError(
      "OS_ERROR",
      `The handed-over socket is bound to port ${localPort} and not to ${port}. Ask the broker to hand it over again.`,
      { port },
    );
  }
}

class Win32BoundSocket extends OwnedSocket {
  readonly #sockets: PortSockets;
  readonly #protocol: TransportProtocol;

  constructor(sockets: PortSockets, socket: Socket, protocol: TransportProtocol, port: number) {
    super(socket, port, (owned) => sockets.close(owned));
    this.#sockets = sockets;
    this.#protocol = protocol;
  }

  /** Nothing to prepare: SO_REUSEADDR is never set, and an exclusive socket waits for the connections of the last one anyway. */
  prepareListen(): void {
    this.assertOwned("prepareListen");
  }

  listen(backlog: number): void {
    this.prepareListen();
    // A UDP socket receives from its bind on.
    if (this.#protocol === "udp") return;
    this.#sockets.listen(this.descriptor, backlog, this.port);
  }
}

function checkMethod({ bindMethod, port }: BindLeasedRequest): void {
  if (bindMethod === "associate" || bindMethod === "plain") return;
  const advice =
    bindMethod === "handoff"
      ? "only the broker can bind it, and hands the socket over: ask it with TransferSocket, then call openTransferred"
      : "that is how Linux does it: bind as the lease says";
  throw new NativeError(
    "UNSUPPORTED",
    `Port ${port} is not bound by ${bindMethod} here; ${advice}.`,
    {
      port,
    },
  );
}
