// The fields that filters and orders of the leases of all hosts know: fleet_service.proto, ListFleetLeasesRequest.

import {
  type FieldTable,
  number,
  ports,
  text,
  timeMs,
  wholeNumber,
  word,
} from "../../server/grpc/filter-fields.js";
import type { FleetLease } from "../view/fleet-entities.js";
import { isStale } from "./service-endpoints.js";

const hostId = text(({ host }: FleetLease) => host.hostId);
const leaseId = text(({ leaseId: id }: FleetLease) => id);
const port = ports(({ record }: FleetLease) => ({
  firstPort: record.port,
  lastPort: record.port + record.portCount - 1,
}));
const service = text(({ record }: FleetLease) => record.service);
const createTime = number<FleetLease>(true, timeMs, ({ record }) => record.grantedWallMs);

export const fleetLeaseFields: FieldTable<FleetLease> = {
  fields: {
    host_id: hostId,
    lease_id: leaseId,
    state: word("STATE_", ["active", "stale"], false, (lease) =>
      isStale(lease) ? "stale" : "active",
    ),
    pool: text(({ record }) => record.pool),
    protocol: word(
      "PROTOCOL_",
      ["tcp", "udp", "tcp-and-udp"],
      true,
      ({ record }) => record.protocol,
    ),
    port,
    port_count: number(true, wholeNumber, ({ record }) => record.portCount),
    service,
    instance: text(({ record }) => record.instance),
    binding: word(
      "BINDING_",
      ["unspecified", "unbound", "bound", "stranger", "orphaned"],
      false,
      // The name that the API has for it.
      ({ record: { binding } }) => (binding === "unknown" ? "unspecified" : binding),
    ),
    unprotected: word("", ["true", "false"], false, ({ record }) => String(record.unprotected)),
    draining: word("", ["true", "false"], false, ({ record }) => String(record.draining)),
    create_time: createTime,
  },
  labelsOf: ({ record }) => record.labels,
  sortFields: { host_id: hostId, lease_id: leaseId, port, service, create_time: createTime },
  idFields: ["host_id", "lease_id"],
};
