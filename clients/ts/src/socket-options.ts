// What an application says about the sockets on its leased ports.

import type { BindMethodChoice } from "./binding/bind-request.js";
import type { LeaseProtocol } from "./lease-info.js";

export interface LeaseBindOptions {
  /** Which port of a lease of several; default its first. */
  readonly port?: number;
  /** An address or a name of this host; default all addresses, IPv6 and IPv4. A dgram socket takes its own family only. */
  readonly host?: string;
  /** With an IPv6 address: do not accept IPv4 on the same socket; default false. */
  readonly ipv6Only?: boolean;
  /** How to bind; default "auto": as the broker says. See {@link BindMethodChoice}. */
  readonly bindMethod?: BindMethodChoice;
}

export interface LeaseListenOptions extends LeaseBindOptions {
  /** Connections that may wait to be accepted, 1 to 65535; default 511. The system may cap it. */
  readonly backlog?: number;
  /** Gives up: `listen` rejects with CALL_ABORTED, unless the server listens already. Default none. */
  readonly signal?: AbortSignal;
}

export interface LeaseSocketOptions extends LeaseBindOptions {
  /** For a lease of both protocols; default "tcp", or the lease's own. */
  readonly protocol?: Exclude<LeaseProtocol, "tcp-and-udp">;
}
