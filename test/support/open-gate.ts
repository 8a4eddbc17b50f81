// A server without anybody at its gate, for tests of what is behind it.

import { AcceptLimits } from "#server/grpc/accept-limits.js";
import { type BrokerServices, brokerServices } from "#server/grpc/broker-services.js";
import { GuardedServices } from "#server/grpc/guarded-services.js";
import type { GuardParts } from "#server/grpc/guard.js";
import { brokerHealth, Health } from "#server/grpc/health.js";
import type { PeerConnections } from "#server/grpc/peer-connections.js";
import type { GrpcServices, ServerAccess } from "#server/grpc/server.js";
import type { TransportLimits } from "#server/grpc/limits.js";
import { noAuditTrail } from "#server/audit-trail/audit-trail.js";
import { brokerKind } from "#server/server-kind.js";
import { systemClock } from "#server/system-clock.js";
import { rolesOf } from "#server/access/caller.js";
import { silentLog } from "./silent-log.js";

export const plainLimits: TransportLimits = {
  connectionsMax: 5_000,
  connectionsPerAddressMax: 500,
  callsPerSecondMax: 20_000,
};

const anybody = { name: "anybody", roles: rolesOf("admin") };

/** Everybody is an administrator. */
export const openGate = { admit: () => anybody, check: () => anybody };

/** In clear text. */
export const openToAll: ServerAccess = { acceptLimits: new AcceptLimits(plainLimits), tls: null };

/** What a server serves, behind the open gate. */
export function servedToAll(
  services: BrokerServices,
  connections: PeerConnections,
  health = new Health(brokerHealth),
  gate: GuardParts["gate"] = openGate,
): GrpcServices {
  const originOf = (peer: string) => connections.originOf(peer);
  const guarded = new GuardedServices(brokerServices(services), {
    gate,
    originOf,
    trail: noAuditTrail,
    clock: systemClock,
    log: silentLog,
  });
  return { kind: brokerKind, guarded, health };
}
