// The sockets on the ports of one lease: servers that listen, dgram sockets, and bare ones. Looks at the lease just before each
// socket is put to use, and stops what uses it. How a port is bound is binding/.

import type { Socket as DgramSocket } from "node:dgram";
import type { Server } from "node:net";
import {
  bindOnLeased,
  listenOnLeased,
  type BoundSocket,
  type TransportProtocol,
} from "@portlease/native";
import { bindAddresses, type AddressFamily } from "./binding/bind-addresses.js";
import type { BindableLease } from "./binding/bind-request.js";
import type { LeasedBinder } from "./binding/leased-binder.js";
import { errorCodeOf, messageOf } from "./error-facts.js";
import { clientError, PortleaseError, type ClientReason } from "./errors.js";
import type { LeaseProtocol } from "./lease-info.js";
import type { LeaseBindOptions, LeaseListenOptions, LeaseSocketOptions } from "./socket-options.js";
import { callAborted } from "./unary-call.js";

/** A lease as its sockets see it. */
export interface SocketLease extends BindableLease {
  readonly protocol: LeaseProtocol;
  readonly ports: readonly number[];
}

/** What uses a port of the lease, and tells when it does not any more. */
type PortUser = Server | DgramSocket;

export class LeaseSockets {
  readonly #lease: SocketLease;
  readonly #binder: LeasedBinder;
  /** How to stop each user. */
  readonly #stops = new Map<PortUser, () => void>();

  constructor(lease: SocketLease, binder: LeasedBinder) {
    this.#lease = lease;
    this.#binder = binder;
  }

  /** The port that the options mean. Throws PORT_NOT_IN_LEASE. */
  portFor(protocol: TransportProtocol, wanted: number | undefined): number {
    const lease = this.#lease;
    const port = wanted ?? lease.ports[0] ?? 0;
    const fits = lease.protocol === "tcp-and-udp" || lease.protocol === protocol;
    if (fits && lease.ports.includes(port)) return port;
    const has = fits
      ? `ports ${lease.ports.join(", ")}`
      : `${lease.protocol.toUpperCase()} ports only`;
    const { leaseId } = lease;
    throw clientError(
      "INVALID_ARGUMENT",
      "PORT_NOT_IN_LEASE",
      `cannot bind ${protocol.toUpperCase()} port ${port}: lease ${leaseId} has ${has}.`,
      { lease_id: leaseId, port: String(port) },
    );
  }

  /** Resolves when the server listens; `stop` ends that when the lease is lost. */
  async listen(server: Server, options: LeaseListenOptions, stop: () => void): Promise<void> {
    const port = this.portFor("tcp", options.port);
    const backlog = options.backlog === undefined ? {} : { backlog: options.backlog };
    const { signal } = options;
    const beforeListen = (): void => {
      if (signal?.aborted === true) throw callAborted(signal);
      this.#lease.checkHeld(port);
    };
    await this.#inUse(server, stop, () =>
      describingFailure(`listen on leased port ${port}`, port, async () => {
        const socket = await this.#bind("tcp", port, options, "any");
        await listenOnLeased(server, socket, { ...backlog, beforeListen });
      }),
    );
  }

  /** Resolves when the dgram socket receives. */
  async bindDatagram(socket: DgramSocket, options: LeaseBindOptions): Promise<void> {
    const port = this.portFor("udp", options.port);
    const family = familyOf(socket);
    await this.#inUse(
      socket,
      () => closeOpen(socket),
      () =>
        describingFailure(`bind leased UDP port ${port}`, port, async () => {
          await bindOnLeased(socket, await this.#bind("udp", port, options, family));
        }),
    );
  }

  /** A bound socket that is the caller's alone: it is not stopped when the lease is lost. */
  async open(options: LeaseSocketOptions): Promise<BoundSocket> {
    const { protocol } = this.#lease;
    const wanted = options.protocol ?? (protocol === "udp" ? "udp" : "tcp");
    const port = this.portFor(wanted, options.port);
    return describingFailure(`bind leased port ${port}`, port, () =>
      this.#bind(wanted, port, options, "any"),
    );
  }

  /** Stops all that use the lease's ports. Connections that are open go on until they end. */
  stopAll(): void {
    for (const stop of this.#stops.values()) stop();
  }

  async #bind(
    protocol: TransportProtocol,
    port: number,
    options: LeaseBindOptions,
    family: AddressFamily,
  ): Promise<BoundSocket> {
    const addresses = await bindAddresses(options.host, family);
    return this.#binder.bind(this.#lease, {
      protocol,
      port,
      addresses,
      ipv6Only: options.ipv6Only ?? false,
      method: options.bindMethod ?? "auto",
    });
  }

  /** Remembers the user while it is put to use and from then on, until it closes. */
  async #inUse(user: PortUser, stop: () => void, use: () => Promise<void>): Promise<void> {
    // One that uses this lease already fails below, and is stopped at a loss all the same.
    const known = this.#stops.has(user);
    const forget = (): void => void this.#stops.delete(user);
    if (!known) {
      this.#stops.set(user, stop);
      user.once("close", forget);
    }
    try {
      await use();
    } catch (error) {
      if (!known) {
        user.off("close", forget);
        forget();
      }
      throw error;
    }
  }
}

/** Not the operating system's refusals but our own, which say all there is to say. */
const ownReasons: ReadonlySet<string> = new Set<ClientReason>([
  "LEASE_LOST",
  "LEASE_IN_DOUBT",
  "OPTION_INVALID",
  "CLIENT_CLOSED",
  "CALL_ABORTED",
]);

/** Rejects with BIND_FAILED for what the system or the broker refused; it is the cause. */
async function describingFailure<T>(
  action: string,
  port: number,
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof PortleaseError && ownReasons.has(error.reason)) throw error;
    throw clientError(
      "FAILED_PRECONDITION",
      "BIND_FAILED",
      `cannot ${action}: ${messageOf(error)}`,
      { port: String(port) },
      error,
    );
  }
}

/** Unlike a server, a dgram socket throws when it was closed already, and tells of its close only a tick later. */
function closeOpen(socket: DgramSocket): void {
  try {
    socket.close();
  } catch (error) {
    if (errorCodeOf(error) !== "ERR_SOCKET_DGRAM_NOT_RUNNING") throw error;
  }
}

/** The family is the dgram socket's for life: it sends with it. Its `type` is there, though the types do not have it. */
function familyOf(socket: DgramSocket): AddressFamily {
  return Reflect.get(socket, "type") === "udp6" ? 6 : 4;
}
