// A server without anybody at its gate, for tests of what is behind it.

import type { ServerAccess } from "#server/grpc/server.js";
import type { TransportLimits } from "#server/grpc/limits.js";
import { noAuditTrail } from "#server/audit-trail/audit-trail.js";
import { rolesOf } from "#server/access/caller.js";

export const plainLimits: TransportLimits = {
  connectionsMax: 5_000,
  connectionsPerAddressMax: 500,
  callsPerSecondMax: 20_000,
};

const anybody = { name: "anybody", roles: rolesOf("admin") };

/** Everybody is an administrator, in clear text. */
export const openToAll: ServerAccess = {
  gate: { admit: () => anybody, check: () => anybody },
  tls: null,
  limits: plainLimits,
  trail: noAuditTrail,
};
