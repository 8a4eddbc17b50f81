// The fields that filters and orders of hosts know: fleet_service.proto, ListHostsRequest.

import {
  type FieldTable,
  InvalidComparison,
  number,
  text,
  wholeNumber,
  word,
} from "../../server/grpc/filter-fields.js";
import { shown } from "../../server/grpc/filter-refusals.js";
import type { FleetHost } from "../view/fleet-entities.js";
import { saidProblems } from "../view/host-problems.js";

const hostId = text(({ hostId: id }: FleetHost) => id);
const state = word<FleetHost>(
  "STATE_",
  ["heard-from", "not-heard-from", "stopped"],
  false,
  (host) => host.state,
);
const leases = number<FleetHost>(false, wholeNumber, (host) => host.leases.length);
const utilisation = number<FleetHost>(false, percent, utilisationOf);
const problems = number<FleetHost>(false, wholeNumber, (host) => saidProblems(host).length);

export const hostFields: FieldTable<FleetHost> = {
  fields: {
    host_id: hostId,
    host_name: text(({ record }) => record?.hostName ?? "", false),
    address: text(({ record }) => record?.address ?? "", false),
    state,
    platform: text(({ record }) => record?.platform ?? "", false),
    version: text(({ record }) => record?.version ?? "", false),
    serving_state: word(
      "SERVING_STATE_",
      ["unspecified", "serving", "read-only", "stopping"],
      false,
      servingStateOf,
    ),
    leases,
    utilisation,
    problems,
  },
  labelsOf: ({ record }) => record?.labels ?? {},
  sortFields: {
    host_id: hostId,
    state,
    last_heard_time: { sortKey: ({ lastHeardWallMs }) => lastHeardWallMs ?? 0, sortsAs: "number" },
    leases,
    utilisation,
    free: { sortKey: ({ usage }) => usage.free, sortsAs: "number" },
    problems,
  },
  idFields: ["host_id"],
};

/** Percent of the ports that are not free; 0 for a host without ports. */
function utilisationOf({ usage: { total, free } }: FleetHost): number {
  return total === 0 ? 0 : ((total - free) / total) * 100;
}

/** The name that the API has for it. */
function servingStateOf({ record }: FleetHost): string {
  if (record === null) return "unspecified";
  return record.serving === "stopped" ? "stopping" : record.serving;
}

function percent(value: string): number {
  if (/^\d{1,3}(?:\.\d{1,6})?%?$/.test(value)) return Number.parseFloat(value);
  throw new InvalidComparison(`${shown(value)} is no percentage, such as 80`);
}
