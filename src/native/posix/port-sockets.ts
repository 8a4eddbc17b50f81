// Opens and closes the sockets that hold or bind a port, with exactly the asked options. Decides nothing about ports.

import type { TransportProtocol } from "../host-ports.js";
import type { IpAddress } from "../ip-address.js";
import type { Libc } from "./bindings.js";
import { hostInt32 } from "./host-int32.js";
import { socketFailure } from "./errno.js";
import { fcntlCommands, filterReturn, type PosixLayout, sockaddrIn6, sockFprog } from "./layout.js";
import { decodePort, encodeSockaddr } from "./sockaddr.js";

export interface BindOptions {
  readonly ip: IpAddress;
  readonly port: number;
  /** Default "tcp". */
  readonly protocol?: TransportProtocol;
  /** Ignored for IPv4. */
  readonly ipv6Only: boolean;
  readonly reusePort: boolean;
  readonly reuseAddress: boolean;
  /** UDP: of the sockets that come to share the port, the one at this index receives; in order of their binds. Default: any of them. */
  readonly receiverIndex?: number;
}

/** A bound descriptor, or the errno with which bind refused. Failures of the other calls are thrown. */
export type BindResult =
  | { readonly descriptor: number; readonly errorNumber: null }
  | { readonly descriptor: null; readonly errorNumber: number };

export class PortSockets {
  readonly #libc: Libc;
  readonly #layout: PosixLayout;
  readonly #on = hostInt32(1);
  readonly #off = hostInt32(0);

  constructor(libc: Libc, layout: PosixLayout) {
    this.#libc = libc;
    this.#layout = layout;
  }

  /** A bound, unlistened, non-blocking socket that is not inherited by child processes. */
  openBound(options: BindOptions): BindResult {
    const { ip, port } = options;
    const descriptor = this.#openSocket(ip, port, options.protocol ?? "tcp");
    try {
      if (ip.family === "ipv6") {
        // Set both ways: the default comes from the sysctl net.ipv6.bindv6only.
        const { IPPROTO_IPV6, IPV6_V6ONLY } = this.#layout;
        this.#setOption(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only, port);
      }
      if (options.receiverIndex !== undefined) {
        this.#letReceive(descriptor, options.receiverIndex, port);
      }
      if (options.reusePort) this.setReusePort(descriptor, port);
      if (options.reuseAddress) this.setReuseAddress(descriptor, port);
    } catch (error) {
      this.close(descriptor);
      throw error;
    }
    const address = encodeSockaddr(this.#layout, ip, port);
    if (this.#libc.bind(descriptor, address, address.length) === 0) {
      return { descriptor, errorNumber: null };
    }
    const errorNumber = this.#libc.errno();
    this.close(descriptor);
    return { descriptor: null, errorNumber };
  }

  setReusePort(descriptor: number, port: number): void {
    this.#setOption(descriptor, this.#layout.SOL_SOCKET, this.#layout.SO_REUSEPORT, true, port);
  }

  setReuseAddress(descriptor: number, port: number): void {
    this.#setOption(descriptor, this.#layout.SOL_SOCKET, this.#layout.SO_REUSEADDR, true, port);
  }

  /** The socket receives nothing more. A no-op where the platform has no packet filters. */
  dropEverything(descriptor: number, port: number): void {
    this.#setFilter(descriptor, this.#layout.SO_ATTACH_FILTER, 0, port);
  }

  /**
   * For a socket that goes to another program: such programs expect one that blocks, as systemd passes them by default.
   * https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#NonBlocking=
   */
  setBlocking(descriptor: number, port: number): void {
    // A socket has no other flag that F_SETFL could change.
    if (this.#libc.fcntl(descriptor, fcntlCommands.F_SETFL, "int", 0) === 0) return;
    throw socketFailure("fcntl", this.#libc.errno(), port);
  }

  /** The local port of an internet socket; `null` for any other descriptor, and for one that is closed. */
  boundPort(descriptor: number): number | null {
    const address = Buffer.alloc(sockaddrIn6.size);
    const length = hostInt32(address.length);
    const found = this.#libc.getsockname(descriptor, address, length) === 0;
    return found ? decodePort(this.#layout, address) : null;
  }

  listen(descriptor: number, backlog: number, port: number): void {
    if (this.#libc.listen(descriptor, backlog) === 0) return;
    throw socketFailure("listen", this.#libc.errno(), port);
  }

  /** Errors are not reported: on Linux the descriptor is gone in any case (close(2)), and nothing could be done. */
  close(descriptor: number): void {
    this.#libc.close(descriptor);
  }

  #openSocket(ip: IpAddress, port: number, protocol: TransportProtocol): number {
    const { AF_INET, AF_INET6, SOCK_STREAM, SOCK_DGRAM, socketTypeFlags, O_NONBLOCK } =
      this.#layout;
    const domain = ip.family === "ipv4" ? AF_INET : AF_INET6;
    const type = protocol === "tcp" ? SOCK_STREAM : SOCK_DGRAM;
    const descriptor = this.#libc.socket(domain, type | socketTypeFlags, 0);
    if (descriptor === -1) throw socketFailure("socket", this.#libc.errno(), port);
    if (socketTypeFlags === 0) {
      // A child that is spawned between these calls would inherit the socket; such platforms offer nothing better.
      const { F_SETFD, F_SETFL, FD_CLOEXEC } = fcntlCommands;
      this.#libc.fcntl(descriptor, F_SETFD, "int", FD_CLOEXEC);
      this.#libc.fcntl(descriptor, F_SETFL, "int", O_NONBLOCK);
    }
    return descriptor;
  }

  /**
   * Of the sockets that share the port of this one, the one at `index` receives, in the order in which they were bound; while
   * there is no such one, any of them does. Before bind, and only while the socket has SO_REUSEPORT, which the caller may not
   * want for the bind itself: the kernel keeps the program of a socket that has lost the option meanwhile.
   * https://man7.org/linux/man-pages/man7/socket.7.html (SO_ATTACH_REUSEPORT_CBPF); the order was tried on Linux 6.18.
   */
  #letReceive(descriptor: number, index: number, port: number): void {
    const { SOL_SOCKET, SO_REUSEPORT, SO_ATTACH_REUSEPORT_CBPF } = this.#layout;
    this.setReusePort(descriptor, port);
    this.#setFilter(descriptor, SO_ATTACH_REUSEPORT_CBPF, index, port);
    this.#setOption(descriptor, SOL_SOCKET, SO_REUSEPORT, false, port);
  }

  #setFilter(descriptor: number, name: number | null, answer: number, port: number): void {
    if (name === null) return;
    const program = { len: 1, filter: [{ code: filterReturn, jt: 0, jf: 0, k: answer }] };
    const { SOL_SOCKET } = this.#layout;
    const { size } = sockFprog;
    if (this.#libc.setFilter(descriptor, SOL_SOCKET, name, program, size) === 0) return;
    throw socketFailure("setsockopt", this.#libc.errno(), port);
  }

  #setOption(descriptor: number, level: number, name: number, on: boolean, port: number): void {
    const value = on ? this.#on : this.#off;
    if (this.#libc.setsockopt(descriptor, level, name, value, value.length) === 0) return;
    throw socketFailure("setsockopt", this.#libc.errno(), port);
  }
}
