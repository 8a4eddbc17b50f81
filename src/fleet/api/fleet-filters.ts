// The filters of a live view: those of the lists.

import { parseFilter } from "../../server/grpc/filter.js";
import { fleetLeaseFields } from "./fleet-lease-fields.js";
import type { FleetFilters } from "./fleet-watches.js";
import { hostFields } from "./host-fields.js";

export const fleetFilters: FleetFilters = {
  hosts: (filter) => parseFilter(filter, hostFields, "host_filter").matches,
  leases: (filter) => parseFilter(filter, fleetLeaseFields, "lease_filter").matches,
};
