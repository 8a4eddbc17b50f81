// Makes a net.Server listen on a leased port: binds the way the reservation asks for, and looks at the lease just before bind and
// just before listen. Whether the lease holds is the caller's to say; the calls of the operating system are @portlease/native's.

import { lookup } from "node:dns/promises";
import { isIP, type Server } from "node:net";
import {
  listenOnLeased,
  type BindMethod,
  type BoundSocket,
  type LesseeSockets,
} from "@portlease/native";
import { BindMethod as WireBindMethod, Protocol } from "@portlease/proto/portlease/v1/common.js";
import type { PortReservation } from "@portlease/proto/portlease/v1/lease.js";
import { clientError, PortleaseError } from "./errors.js";

export interface LeaseListenOptions {
  /** Which port of a lease of several; default its first. */
  readonly port?: number;
  /** An address or a name of this host; default all addresses, IPv6 and IPv4. */
  readonly host?: string;
  /** With an IPv6 address: do not accept IPv4 on the same socket; default false. */
  readonly ipv6Only?: boolean;
  /** Connections that may wait to be accepted, 1 to 65535; default 511. The system may cap it. */
  readonly backlog?: number;
}

/** The leased port to listen on. */
export interface ListenTarget {
  readonly port: number;
  readonly reservations: readonly PortReservation[];
  /** May throw where this platform has no such sockets. */
  readonly sockets: () => LesseeSockets;
  /** Throws unless the port is still the caller's. */
  readonly checkHeld: () => void;
}

/** Resolves when the server listens. Rejects with what `checkHeld` threw, or with BIND_FAILED. */
export async function listenOnPort(
  server: Server,
  target: ListenTarget,
  options: LeaseListenOptions,
): Promise<void> {
  const { port, checkHeld } = target;
  const addresses = await addressesOf(options.host);
  const backlog = options.backlog === undefined ? {} : { backlog: options.backlog };
  try {
    checkHeld();
    const socket = bindFirst(target, addresses, options.ipv6Only ?? false);
    await listenOnLeased(server, socket, { ...backlog, beforeListen: checkHeld });
  } catch (error) {
    throw error instanceof PortleaseError ? error : bindFailed(port, error);
  }
}

/** What to try, in order. Node's own default is the same: all of IPv6 and IPv4, or IPv4 on a host without IPv6. */
const anyAddress = ["::", "0.0.0.0"] as const;

async function addressesOf(host: string | undefined): Promise<readonly string[]> {
  if (host === undefined) return anyAddress;
  if (isIP(host) !== 0) return [host];
  try {
    return [(await lookup(host)).address];
  } catch (error) {
    const message = `the host "${host}" has no address here. Give an IP address of this machine, or leave "host" out.`;
    throw clientError(
      "INVALID_ARGUMENT",
      "OPTION_INVALID",
      message,
      { option: "host", host },
      error,
    );
  }
}

function bindFirst(
  { port, reservations, sockets: openSockets }: ListenTarget,
  addresses: readonly string[],
  ipv6Only: boolean,
): BoundSocket {
  const sockets = openSockets();
  const reservation = reservations.find((candidate) => covers(candidate, port));
  const bindMethod = bindMethodOf(reservation);
  const token = reservation?.token ?? 0n;
  const tokenPortCount = reservation?.portCount ?? 1;
  const how = { protocol: "tcp", port, ipv6Only, bindMethod, token, tokenPortCount } as const;
  const last = addresses.length - 1;
  for (const address of addresses.slice(0, last)) {
    try {
      return sockets.bindLeased({ ...how, address });
    } catch (error) {
      if (!isFamilyMissing(error)) throw error;
    }
  }
  const address = addresses[last] ?? "0.0.0.0";
  return sockets.bindLeased({ ...how, address });
}

function covers({ protocol, firstPort, portCount }: PortReservation, port: number): boolean {
  const isTcp = protocol === Protocol.PROTOCOL_TCP || protocol === Protocol.PROTOCOL_UNSPECIFIED;
  return isTcp && port >= firstPort && port < firstPort + portCount;
}

function bindMethodOf(reservation: PortReservation | undefined): BindMethod {
  switch (reservation?.bindMethod) {
    case WireBindMethod.BIND_METHOD_ASSOCIATE:
      return "associate";
    case WireBindMethod.BIND_METHOD_HANDOFF:
      return "handoff";
    case WireBindMethod.BIND_METHOD_SHARE_PORT:
      return "share-port";
    case WireBindMethod.BIND_METHOD_PLAIN:
    case WireBindMethod.BIND_METHOD_UNSPECIFIED:
    case WireBindMethod.UNRECOGNIZED:
    case undefined:
      return "plain";
  }
}

/** No IPv6 on this host: the kernel knows no such family, or no such address. */
function isFamilyMissing(error: unknown): boolean {
  const fields: unknown = error instanceof Error ? Reflect.get(error, "fields") : null;
  const errorName: unknown =
    typeof fields === "object" && fields !== null ? Reflect.get(fields, "errorName") : null;
  return errorName === "EAFNOSUPPORT" || errorName === "EADDRNOTAVAIL";
}

function bindFailed(port: number, error: unknown): PortleaseError {
  const why = error instanceof Error ? error.message : String(error);
  return clientError(
    "FAILED_PRECONDITION",
    "BIND_FAILED",
    `cannot listen on leased port ${port}: ${why}`,
    { port: String(port) },
    error,
  );
}
