// Binds one port, by its number; and tries whether that would work, as the proof that nobody is bound. With a token of a
// one-port reservation also the other way: bound to port 0, it can only be that port.

import type { TransportProtocol } from "../host-ports.js";
import type { IpAddress, IpFamily } from "../ip-address.js";
import type { BindResult, PortSockets } from "./port-sockets.js";
import type { Win32Failure } from "./win32-failure.js";

export interface PortBind {
  readonly protocol: TransportProtocol;
  readonly ip: IpAddress;
  readonly port: number;
  readonly ipv6Only: boolean;
  /** 0n binds without an association. */
  readonly token: bigint;
  /** How many ports the token is for. */
  readonly tokenPortCount: number;
}

/**
 * The documentation binds to port 0 after an association and does not say whether a number may be given
 * (https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation); MsQuic gives one. So the number is tried
 * first. Always exclusive. Failures of other calls than bind and the association are thrown.
 */
export function bindPort(sockets: PortSockets, request: PortBind): BindResult {
  const { port, token, tokenPortCount } = request;
  const bound = sockets.openBound({ ...request, exclusive: true });
  const refused = bound.failure?.api === "bind" && token !== 0n && tokenPortCount === 1;
  if (!refused) return bound;
  const byZero = sockets.openBound({ ...request, port: 0, exclusive: true });
  if (byZero.socket === null) return bound;
  if (sockets.localPort(byZero.socket) === port) return byZero;
  sockets.close(byZero.socket);
  return bound;
}

/** The wildcard of all addresses of the host. */
export function wildcard(family: IpFamily): IpAddress {
  return { family, bytes: new Uint8Array(family === "ipv6" ? 16 : 4) };
}

export class PortTrials {
  readonly #sockets: PortSockets;
  readonly #wildcard: IpAddress;

  /** `family`: "ipv6" where the host has it; its wildcard then stands for both. */
  constructor(sockets: PortSockets, family: IpFamily) {
    this.#sockets = sockets;
    this.#wildcard = wildcard(family);
  }

  /**
   * Binds the port exclusively on all addresses and gives it up at once: refused if any socket holds it on any of them.
   * `null` when it was bound.
   * https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
   */
  tryPort(
    protocol: TransportProtocol,
    port: number,
    token: bigint,
    tokenPortCount: number,
  ): Win32Failure | null {
    const options = { protocol, port, token, tokenPortCount, ip: this.#wildcard, ipv6Only: false };
    const { socket, failure } = bindPort(this.#sockets, options);
    if (socket !== null) this.#sockets.close(socket);
    return failure;
  }
}
