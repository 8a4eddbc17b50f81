// Finds among a lease's reservations the one of a port, and says it in the words of the native layer.

import type { BindMethod, TransportProtocol } from "@portlease/native";
import { BindMethod as WireBindMethod, Protocol } from "@portlease/proto/portlease/v1/common.js";
import type { PortReservation } from "@portlease/proto/portlease/v1/lease.js";
import type { HowReserved } from "./bind-request.js";

/** A port without a reservation is bound plainly. */
export function howReserved(
  reservations: readonly PortReservation[],
  protocol: TransportProtocol,
  port: number,
): HowReserved {
  const reservation = reservations.find((candidate) => covers(candidate, protocol, port));
  if (reservation === undefined) return { bindMethod: "plain", token: 0n, tokenPortCount: 1 };
  const { bindMethod, token, portCount } = reservation;
  return { bindMethod: bindMethodOf(bindMethod), token, tokenPortCount: portCount };
}

/** Whether the same ports are bound in the same way, with the same tokens. */
export function sameReservations(
  one: readonly PortReservation[],
  other: readonly PortReservation[],
): boolean {
  const keys = new Set(one.map(keyOf));
  return keys.size === new Set(other.map(keyOf)).size && other.every((r) => keys.has(keyOf(r)));
}

function keyOf(reservation: PortReservation): string {
  const { protocol, kind, firstPort, portCount, token, bindMethod } = reservation;
  return [protocol, kind, firstPort, portCount, token, bindMethod].join(" ");
}

function covers(reservation: PortReservation, protocol: TransportProtocol, port: number): boolean {
  const { firstPort, portCount } = reservation;
  const isUdp = reservation.protocol === Protocol.PROTOCOL_UDP;
  return isUdp === (protocol === "udp") && port >= firstPort && port < firstPort + portCount;
}

function bindMethodOf(bindMethod: WireBindMethod): BindMethod {
  switch (bindMethod) {
    case WireBindMethod.BIND_METHOD_ASSOCIATE:
      return "associate";
    case WireBindMethod.BIND_METHOD_HANDOFF:
      return "handoff";
    case WireBindMethod.BIND_METHOD_SHARE_PORT:
      return "share-port";
    case WireBindMethod.BIND_METHOD_PLAIN:
    case WireBindMethod.BIND_METHOD_UNSPECIFIED:
    case WireBindMethod.UNRECOGNIZED:
      return "plain";
  }
}
