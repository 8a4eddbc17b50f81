// The fields that filters and orders of this broker's leases know: what each one is of a lease, and how it is compared. One table,
// from which the refusals list the fields too.

import { portCountOf } from "../domain/port-range.js";
import type { LeaseRecord } from "../domain/records.js";
import {
  durationMs,
  type FieldTable,
  type FilterField,
  number,
  ports,
  text,
  timeMs,
  wholeNumber,
  word,
} from "./filter-fields.js";

const fields: Readonly<Record<string, FilterField<LeaseRecord>>> = {
  lease_id: text((lease) => lease.leaseId),
  pool: text((lease) => lease.pool),
  protocol: word("PROTOCOL_", ["tcp", "udp", "tcp-and-udp"], true, (lease) => lease.protocol),
  port: ports((lease) => lease.ports),
  port_count: number(true, wholeNumber, (lease) => portCountOf(lease.ports)),
  service: text((lease) => lease.holder.service),
  instance: text((lease) => lease.holder.instance),
  process_id: number(true, wholeNumber, (lease) => lease.holder.process?.processId ?? 0),
  binding: word(
    "BINDING_",
    ["unspecified", "unbound", "bound", "stranger", "orphaned"],
    false,
    // The name that the API has for it.
    ({ binding }) => (binding === "unknown" ? "unspecified" : binding),
  ),
  unprotected: word("", ["true", "false"], false, (lease) => String(!lease.covered)),
  ttl: number(false, durationMs, (lease) => lease.ttlMs),
  create_time: number(true, timeMs, (lease) => lease.createdWallMs),
};

export const leaseFields: FieldTable<LeaseRecord> = {
  fields,
  labelsOf: ({ holder }) => holder.labels,
  sortFields: fields,
  idFields: ["lease_id"],
};
