// Opens, binds, hands over and closes Winsock sockets, and makes the reservation ioctls on them, with exactly the asked options.
// Decides nothing about ports. Node's event loop never sees these sockets: an overlapped socket can be tied to one loop only,
// and that must be the one of the process that gets it.
// https://learn.microsoft.com/dotnet/api/system.net.sockets.socket.duplicateandclose

import type { TransportProtocol } from "../host-ports.js";
import type { IpAddress, IpFamily } from "../ip-address.js";
import type { Win32, Word } from "./bindings.js";
import { ioctls, socketOptions, sockets, structs } from "./layout.js";
import { decodeReservation, encodePortRange, encodeToken, type ReservedRun } from "./port-range.js";
import { encodeSockaddr, familyNumber, portOfSockaddr } from "./sockaddr.js";
import { win32Error, type Win32Failure } from "./win32-failure.js";

/** A SOCKET that is open. The values of open handles fit into 32 bits: https://learn.microsoft.com/windows/win32/winprog64/interprocess-communication */
export type Socket = number;

export interface BindOptions {
  readonly protocol: TransportProtocol;
  readonly ip: IpAddress;
  /** 0: what the kernel gives. */
  readonly port: number;
  /** Ignored for IPv4. */
  readonly ipv6Only: boolean;
  /**
   * SO_EXCLUSIVEADDRUSE: nobody can bind beside it. Every server should set it.
   * https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
   */
  readonly exclusive: boolean;
  /** Associates before it binds; 0n does not. */
  readonly token: bigint;
}

/** A bound socket, or the call that refused: bind, or the association. Failures of the other calls are thrown. */
export type BindResult =
  | { readonly socket: Socket; readonly failure: null }
  | { readonly socket: null; readonly failure: Win32Failure };

export class PortSockets {
  readonly #win32: Win32;

  constructor(win32: Win32) {
    this.#win32 = win32;
  }

  /** Unbound, overlapped, not inherited by child processes. Throws UNSUPPORTED where the host lacks the family. */
  open(protocol: TransportProtocol, family: IpFamily): Socket {
    const { SOCK_STREAM, SOCK_DGRAM, IPPROTO_TCP, IPPROTO_UDP } = sockets;
    const tcp = protocol === "tcp";
    const socket = this.#win32.WSASocketW(
      familyNumber[family],
      tcp ? SOCK_STREAM : SOCK_DGRAM,
      tcp ? IPPROTO_TCP : IPPROTO_UDP,
      null,
      0,
      sockets.WSA_FLAG_OVERLAPPED | sockets.WSA_FLAG_NO_HANDLE_INHERIT,
    );
    return this.#checked(socket, `for a ${protocol} socket over ${family}`);
  }

  /** A bound socket that does not listen. */
  openBound(options: BindOptions): BindResult {
    const { protocol, ip, port, token } = options;
    const socket = this.open(protocol, ip.family);
    try {
      if (ip.family === "ipv6") {
        const { IPPROTO_IPV6 } = sockets;
        this.#setOption(socket, IPPROTO_IPV6, socketOptions.IPV6_V6ONLY, options.ipv6Only, port);
      }
      if (options.exclusive) {
        const { SOL_SOCKET, SO_EXCLUSIVEADDRUSE } = socketOptions;
        this.#setOption(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, true, port);
      }
    } catch (error) {
      this.close(socket);
      throw error;
    }
    const failure =
      (token === 0n ? null : this.#associate(socket, token)) ?? this.#bind(socket, ip, port);
    if (failure === null) return { socket, failure: null };
    this.close(socket);
    return { socket: null, failure };
  }

  /** The port of a bound socket. */
  localPort(socket: Socket): number {
    const address = Buffer.alloc(structs.sockaddr_in6.size);
    const length = Buffer.alloc(4);
    length.writeInt32LE(address.length);
    if (this.#win32.getsockname(socket, address, length) !== 0) {
      throw this.#failed("getsockname", "for a bound socket");
    }
    return portOfSockaddr(address);
  }

  listen(socket: Socket, backlog: number, port: number): void {
    if (this.#win32.listen(socket, backlog) !== 0) throw this.#failed("listen", forPort(port));
  }

  /** Errors are not reported: nothing could be done. */
  close(socket: Socket): void {
    this.#win32.closesocket(socket);
  }

  /** What the process opens the socket with: 628 bytes, good once and there only. Throws NativeError. */
  duplicate(socket: Socket, processId: number, port: number): Buffer {
    const info = Buffer.alloc(structs.WSAPROTOCOL_INFOW.size);
    if (this.#win32.WSADuplicateSocketW(socket, processId, info) === 0) return info;
    throw this.#failed("WSADuplicateSocketW", `${forPort(port)} and process ${processId}`);
  }

  /** Opens what another process duplicated for this one. Throws NativeError. */
  openDuplicate(protocolInfo: Uint8Array, port: number): Socket {
    const { FROM_PROTOCOL_INFO, WSA_FLAG_OVERLAPPED, WSA_FLAG_NO_HANDLE_INHERIT } = sockets;
    const info = Buffer.from(protocolInfo);
    const flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
    const any = FROM_PROTOCOL_INFO;
    return this.#checked(
      this.#win32.WSASocketW(any, any, any, info, 0, flags),
      `for the handed-over socket of port ${port}`,
    );
  }

  /**
   * Acquires a run for as long as `control` is open; `firstPort` null lets the kernel choose. One socket can have several.
   * https://learn.microsoft.com/windows/win32/winsock/sio-acquire-port-reservation
   */
  acquire(
    control: Socket,
    firstPort: number | null,
    portCount: number,
  ): ReservedRun | Win32Failure {
    const instance = Buffer.alloc(structs.INET_PORT_RESERVATION_INSTANCE.size);
    const range = encodePortRange(firstPort, portCount);
    const failure = this.#ioctl(control, "SIO_ACQUIRE_PORT_RESERVATION", range, instance);
    return failure ?? decodeReservation(instance);
  }

  /** https://learn.microsoft.com/windows/win32/winsock/sio-release-port-reservation; `null` when it was released. */
  releaseAcquired(control: Socket, token: bigint): Win32Failure | null {
    return this.#ioctl(control, "SIO_RELEASE_PORT_RESERVATION", encodeToken(token), null);
  }

  #associate(socket: Socket, token: bigint): Win32Failure | null {
    return this.#ioctl(socket, "SIO_ASSOCIATE_PORT_RESERVATION", encodeToken(token), null);
  }

  #bind(socket: Socket, ip: IpAddress, port: number): Win32Failure | null {
    const address = encodeSockaddr(ip, port);
    if (this.#win32.bind(socket, address, address.length) === 0) return null;
    return { api: "bind", errorNumber: this.#win32.WSAGetLastError() };
  }

  #ioctl(
    socket: Socket,
    name: keyof typeof ioctls,
    input: Buffer,
    output: Buffer | null,
  ): Win32Failure | null {
    const returned = Buffer.alloc(4);
    const { length } = input;
    const outputLength = output?.length ?? 0;
    const result = this.#win32.WSAIoctl(
      socket,
      ioctls[name],
      input,
      length,
      output,
      outputLength,
      returned,
      null,
      null,
    );
    return result === 0 ? null : { api: name, errorNumber: this.#win32.WSAGetLastError() };
  }

  #setOption(socket: Socket, level: number, name: number, on: boolean, port: number): void {
    const value = Buffer.alloc(4);
    value.writeInt32LE(on ? 1 : 0);
    if (this.#win32.setsockopt(socket, level, name, value, value.length) === 0) return;
    throw this.#failed("setsockopt", forPort(port));
  }

  #checked(socket: Word, where: string): Socket {
    if (BigInt(socket) !== sockets.INVALID_SOCKET) return Number(socket);
    throw this.#failed("WSASocketW", where);
  }

  /** Call it in the tick of the failure, before any other call. */
  #failed(api: string, where: string): Error {
    return win32Error({ api, errorNumber: this.#win32.WSAGetLastError() }, where);
  }
}

export function forPort(port: number): string {
  return `for port ${port}`;
}
