// A probe on Windows: sockets by Winsock alone, never in Node's event loop unless they are served. Each refusal keeps its number.

import type { TransportProtocol } from "../../host-ports.js";
import { parseIpAddress } from "../../ip-address.js";
import type { Win32, Word } from "../../win32/bindings.js";
import { explainError } from "../../win32/error-table.js";
import { decodeReservation, encodePortRange, encodeToken } from "../../win32/port-range.js";
import { encodeSockaddr, portOfSockaddr } from "../../win32/sockaddr.js";
import {
  ioctls,
  socketOptions,
  sockets,
  structs,
  winsockVersion,
  wsaDataBytes,
} from "../../win32/layout.js";
import { BaseProbe, type RawSocket } from "../base-probe.js";
import type { Acquired, Opened, ProbeBind, Refused } from "../probe.js";

/** https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasocketw */
const socketFlags = sockets.WSA_FLAG_OVERLAPPED | sockets.WSA_FLAG_NO_HANDLE_INHERIT;

export class Win32Probe extends BaseProbe {
  readonly #win32: Win32;

  constructor(win32: Win32) {
    super();
    this.#win32 = win32;
    win32.WSAStartup(winsockVersion, Buffer.alloc(wsaDataBytes));
  }

  override acquire(
    protocol: TransportProtocol,
    firstPort: number,
    portCount: number,
  ): Promise<Acquired | Refused> {
    return Promise.resolve(this.#acquire(protocol, firstPort, portCount));
  }

  override release(socketId: number, token: string): Promise<{ readonly ok: true } | Refused> {
    const socket = this.rawOf(socketId).descriptor;
    return Promise.resolve(this.#tokenIoctl(socket, "SIO_RELEASE_PORT_RESERVATION", token));
  }

  override duplicate(
    socketId: number,
    processId: number,
  ): Promise<{ readonly ok: true; readonly protocolInfo: string } | Refused> {
    const info = Buffer.alloc(structs.WSAPROTOCOL_INFOW.size);
    const result = this.#win32.WSADuplicateSocketW(
      this.rawOf(socketId).descriptor,
      processId,
      info,
    );
    const answer =
      result === 0
        ? ({ ok: true, protocolInfo: info.toString("hex") } as const)
        : this.#lastError("WSADuplicateSocketW");
    return Promise.resolve(answer);
  }

  override openTransferred(
    protocol: TransportProtocol,
    protocolInfo: string,
  ): Promise<Opened | Refused> {
    const from = sockets.FROM_PROTOCOL_INFO;
    const info = Buffer.from(protocolInfo, "hex");
    const socket = this.#win32.WSASocketW(from, from, from, info, 0, socketFlags);
    if (isInvalid(socket)) return Promise.resolve(this.#lastError("WSASocketW"));
    return Promise.resolve(this.keep(this.#rawSocket(socket, protocol, this.#portOf(socket))));
  }

  protected openBound(request: ProbeBind): RawSocket | Refused {
    const { address, protocol = "tcp" } = request;
    const socket = this.#open(protocol, address.includes(":"));
    if (typeof socket === "object") return socket;
    const failure = this.#prepareAndBind(socket, request);
    if (failure !== null) {
      this.#win32.closesocket(socket);
      return failure;
    }
    return this.#rawSocket(socket, protocol, this.#portOf(socket));
  }

  #prepareAndBind(socket: Word, request: ProbeBind): Refused | null {
    const { address, port, ipv6Only = false, exclusive = false, token } = request;
    const { SOL_SOCKET, SO_EXCLUSIVEADDRUSE, IPV6_V6ONLY } = socketOptions;
    if (address.includes(":")) this.#setOption(socket, sockets.IPPROTO_IPV6, IPV6_V6ONLY, ipv6Only);
    if (exclusive) this.#setOption(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, true);
    if (token !== undefined) {
      const associated = this.#tokenIoctl(socket, "SIO_ASSOCIATE_PORT_RESERVATION", token);
      if (!associated.ok) return associated;
    }
    const ip = parseIpAddress(address);
    if (ip === null) throw new Error(`${address} is no address`);
    const name = encodeSockaddr(ip, port);
    return this.#win32.bind(socket, name, name.length) === 0 ? null : this.#lastError("bind");
  }

  /** On a socket of its own, which does nothing else: its end is the reservation's. */
  #acquire(protocol: TransportProtocol, firstPort: number, portCount: number): Acquired | Refused {
    const socket = this.#open(protocol, false);
    if (typeof socket === "object") return socket;
    const range = encodePortRange(firstPort === 0 ? null : firstPort, portCount);
    const instance = Buffer.alloc(structs.INET_PORT_RESERVATION_INSTANCE.size);
    const failure = this.#ioctl(socket, "SIO_ACQUIRE_PORT_RESERVATION", range, instance);
    if (!failure.ok) {
      this.#win32.closesocket(socket);
      return failure;
    }
    const { run, token } = decodeReservation(instance);
    return {
      ...this.keep(this.#rawSocket(socket, protocol, run.firstPort)),
      portCount: run.portCount,
      token: token.toString(),
    };
  }

  #tokenIoctl(
    socket: Word,
    name: keyof typeof ioctls,
    token: string,
  ): { readonly ok: true } | Refused {
    return this.#ioctl(socket, name, encodeToken(BigInt(token)), null);
  }

  #ioctl(
    socket: Word,
    name: keyof typeof ioctls,
    input: Buffer,
    output: Buffer | null,
  ): { readonly ok: true } | Refused {
    const returned = Buffer.alloc(4);
    const outputLength = output?.length ?? 0;
    const result = this.#win32.WSAIoctl(
      socket,
      ioctls[name],
      input,
      input.length,
      output,
      outputLength,
      returned,
      null,
      null,
    );
    return result === 0 ? { ok: true } : this.#lastError(name);
  }

  #open(protocol: TransportProtocol, ipv6: boolean): Word | Refused {
    const { AF_INET, AF_INET6, SOCK_STREAM, SOCK_DGRAM, IPPROTO_TCP, IPPROTO_UDP } = sockets;
    const family = ipv6 ? AF_INET6 : AF_INET;
    const socket =
      protocol === "tcp"
        ? this.#win32.WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, null, 0, socketFlags)
        : this.#win32.WSASocketW(family, SOCK_DGRAM, IPPROTO_UDP, null, 0, socketFlags);
    return isInvalid(socket) ? this.#lastError("WSASocketW") : socket;
  }

  #rawSocket(socket: Word, protocol: TransportProtocol, port: number): RawSocket {
    let open = true;
    return {
      descriptor: Number(socket),
      protocol,
      port,
      close: () => {
        if (open) this.#win32.closesocket(socket);
        open = false;
      },
    };
  }

  #portOf(socket: Word): number {
    const { size } = structs.sockaddr_in6;
    const name = Buffer.alloc(size);
    const length = Buffer.alloc(4);
    length.writeInt32LE(size);
    return this.#win32.getsockname(socket, name, length) === 0 ? portOfSockaddr(name) : 0;
  }

  #setOption(socket: Word, level: number, name: number, on: boolean): void {
    const value = Buffer.alloc(4);
    value.writeInt32LE(on ? 1 : 0);
    if (this.#win32.setsockopt(socket, level, name, value, value.length) === 0) return;
    const { errorName, errorNumber } = this.#lastError("setsockopt");
    throw new Error(`setsockopt ${level} ${name}: ${errorName} ${errorNumber}`);
  }

  #lastError(api: string): Refused {
    const errorNumber = this.#win32.WSAGetLastError();
    return { ok: false, api, errorNumber, errorName: explainError(api, errorNumber).name };
  }
}

function isInvalid(socket: Word): boolean {
  return BigInt(socket) === sockets.INVALID_SOCKET;
}
