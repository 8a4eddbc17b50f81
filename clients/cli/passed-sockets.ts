// Binds the ports of a lease and listens on them, so that the sockets can be passed to the program of `portlease run`.

import type { Lease } from "@portlease/client";
import type { BindMethod, BoundSocket, LesseeSockets } from "@portlease/native";
import { BindMethod as WireBindMethod } from "@portlease/proto/portlease/v1/common.js";

/** Connections that may wait until the program accepts them; Node's own default. */
const backlog = 511;

/** All addresses, IPv6 and IPv4; on a host without IPv6 all of IPv4. */
const anyAddress = ["::", "0.0.0.0"] as const;

/**
 * One listening socket per port, in rising order. `address` is an IP address of this host; `null`: all of them.
 * Throws NativeError; no socket is left open then. The caller has looked just before whether it still has the lease.
 */
export function listenOnLease(
  lease: Pick<Lease, "ports" | "reservations">,
  address: string | null,
  sockets: LesseeSockets,
): readonly BoundSocket[] {
  const opened: BoundSocket[] = [];
  try {
    for (const port of lease.ports) opened.push(bindOne(lease, port, address, sockets));
    for (const socket of opened) socket.listen(backlog);
    return opened;
  } catch (error) {
    for (const socket of opened) socket.close();
    throw error;
  }
}

function bindOne(
  { reservations }: Pick<Lease, "reservations">,
  port: number,
  address: string | null,
  sockets: LesseeSockets,
): BoundSocket {
  const reservation = reservations.find(
    ({ firstPort, portCount }) => port >= firstPort && port < firstPort + portCount,
  );
  const how = {
    protocol: "tcp",
    port,
    ipv6Only: false,
    bindMethod: bindMethods[reservation?.bindMethod ?? 0] ?? "plain",
    token: reservation?.token ?? 0n,
    tokenPortCount: reservation?.portCount ?? 1,
  } as const;
  if (address !== null) return sockets.bindLeased({ ...how, address });
  try {
    return sockets.bindLeased({ ...how, address: anyAddress[0] });
  } catch (error) {
    if (!isFamilyMissing(error)) throw error;
    return sockets.bindLeased({ ...how, address: anyAddress[1] });
  }
}

const bindMethods: Readonly<Record<number, BindMethod>> = {
  [WireBindMethod.BIND_METHOD_ASSOCIATE]: "associate",
  [WireBindMethod.BIND_METHOD_HANDOFF]: "handoff",
  [WireBindMethod.BIND_METHOD_PLAIN]: "plain",
  [WireBindMethod.BIND_METHOD_SHARE_PORT]: "share-port",
};

/** No IPv6 on this host: the kernel knows no such family, or no such address. */
function isFamilyMissing(error: unknown): boolean {
  const { fields } = error as { fields?: { errorName?: unknown } };
  return fields?.errorName === "EAFNOSUPPORT" || fields?.errorName === "EADDRNOTAVAIL";
}
