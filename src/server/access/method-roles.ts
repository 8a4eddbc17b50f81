// Which role each method needs: the one table. A method that is missing here does not compile, and is refused to everybody.
// Health and reflection are not in it, on purpose: probes have no tokens, and both tell nothing of the host but that it serves.

import type { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import type { FleetServiceService } from "@portlease/proto/portlease/v1/fleet_service.js";
import type { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import type { Role } from "./caller.js";

/** Any one of them is enough. */
export type NeededRoles = readonly [Role, ...Role[]];

const reads: NeededRoles = ["viewer"];
const changes: NeededRoles = ["admin"];
const leases: NeededRoles = ["holder"];
/** What a holder may know of leases, too: it must find its own again. */
const leaseReads: NeededRoles = ["holder", "viewer"];

const leaseMethods: Readonly<Record<keyof typeof LeaseServiceService, NeededRoles>> = {
  acquireLease: leases,
  renewLease: leases,
  releaseLease: leases,
  transferSocket: leases,
  confirmTransfer: leases,
  session: leases,
  getLease: leaseReads,
  listLeases: leaseReads,
  watchLeases: leaseReads,
};

const adminMethods: Readonly<Record<keyof typeof AdminServiceService, NeededRoles>> = {
  getBroker: reads,
  listPools: reads,
  listBlocks: reads,
  listPorts: reads,
  listPins: reads,
  getUsageHistory: reads,
  watchBroker: reads,
  listQuotas: reads,
  listLeaseEvents: reads,
  explainPort: reads,
  auditPorts: reads,
  listExcludedRanges: reads,
  getConfig: reads,
  updatePool: changes,
  reserveBlock: changes,
  drainBlock: changes,
  removeBlock: changes,
  adoptBlock: changes,
  forgetBlock: changes,
  revokeLease: changes,
  pinPort: changes,
  unpinPort: changes,
  setQuota: changes,
  reloadConfig: changes,
  // No change, but everything at once: a backup is an operator's business.
  exportState: changes,
};

/** Those of the fleet server. */
const fleetMethods: Readonly<Record<keyof typeof FleetServiceService, NeededRoles>> = {
  getFleet: reads,
  listHosts: reads,
  getHost: reads,
  listFleetLeases: reads,
  watchFleet: reads,
  findService: reads,
  listProblems: reads,
  forgetHost: changes,
};

/** What HTTP serves beside methods and asks the gate for: it tells what the reads of the API tell. */
const pages: readonly (readonly [string, NeededRoles])[] = [
  ["/metrics", reads],
  ["/http_sd", reads],
];

const byPath: ReadonlyMap<string, NeededRoles> = new Map([
  ...pages,
  ...pathsOf("portlease.v1.LeaseService", leaseMethods),
  ...pathsOf("portlease.v1.AdminService", adminMethods),
  ...pathsOf("portlease.v1.FleetService", fleetMethods),
]);

/**
 * `path` as on the wire, such as "/portlease.v1.LeaseService/GetLease", or a page by HTTP; `null` for one that is not in the table.
 */
export function neededRoles(path: string): NeededRoles | null {
  return byPath.get(path) ?? null;
}

function pathsOf(
  service: string,
  methods: Readonly<Record<string, NeededRoles>>,
): readonly (readonly [string, NeededRoles])[] {
  return Object.entries(methods).map(([name, needed]) => [
    `/${service}/${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    needed,
  ]);
}
