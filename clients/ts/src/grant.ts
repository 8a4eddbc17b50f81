// A grant as the broker sent it, checked and in the client's own words. Nothing of it is believed that the API does not allow.

import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import type { PortReservation, Warning } from "@portlease/proto/portlease/v1/lease.js";
import type { AcquireLeaseResponse } from "@portlease/proto/portlease/v1/lease_service.js";
import { msFromDuration } from "./duration.js";
import { clientError } from "./errors.js";
import type { LeaseProtocol } from "./lease-info.js";

/** `holderKey` and `reservations` are secret. */
export interface Grant {
  readonly leaseId: string;
  readonly holderKey: string;
  readonly pool: string;
  readonly protocol: LeaseProtocol;
  readonly ports: readonly number[];
  readonly generation: bigint;
  readonly ttlMs: number;
  readonly waitMs: number;
  readonly reservations: readonly PortReservation[];
  readonly warnings: readonly Warning[];
}

/** Throws BROKER_ANSWER_INVALID. */
export function grantOf(response: AcquireLeaseResponse): Grant {
  const { lease, holderKey, waitDuration, reservations, warnings } = response;
  if (lease === undefined) throw invalid("lease");
  const { leaseId, pool, port, portCount, generation } = lease;
  if (leaseId === "") throw invalid("lease.lease_id");
  if (holderKey === "") throw invalid("holder_key");
  if (port < 1 || portCount < 1 || port + portCount - 1 > 65_535) throw invalid("lease.port");
  const ttlMs = msFromDuration(lease.ttl);
  if (ttlMs === null || ttlMs <= 0) throw invalid("lease.ttl");
  // Unset counts as no wait: the deadline comes out earlier, never later.
  const waitMs = Math.max(0, msFromDuration(waitDuration) ?? 0);
  const ports = Array.from({ length: portCount }, (_, offset) => port + offset);
  const protocol = protocolNames[lease.protocol];
  if (protocol === undefined) throw invalid("lease.protocol");
  return {
    leaseId,
    holderKey,
    pool,
    protocol,
    ports,
    generation,
    ttlMs,
    waitMs,
    reservations,
    warnings,
  };
}

const protocolNames: Readonly<Record<number, LeaseProtocol>> = {
  [Protocol.PROTOCOL_TCP]: "tcp",
  [Protocol.PROTOCOL_UDP]: "udp",
  [Protocol.PROTOCOL_TCP_AND_UDP]: "tcp-and-udp",
};

function invalid(field: string): Error {
  return clientError(
    "INTERNAL",
    "BROKER_ANSWER_INVALID",
    `the broker granted a lease with an invalid ${field}. Upgrade client and broker to the same version.`,
    { field },
  );
}
