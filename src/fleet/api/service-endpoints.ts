// Where a service can be reached: the addresses of its leases, for those who find services.

import type { LeaseRecord } from "../records/lease-record.js";
import type { FleetHost, FleetLease } from "../view/fleet-entities.js";

/** Whether ports of the lease are of the protocol. */
export function coversProtocol({ protocol }: LeaseRecord, asked: LeaseRecord["protocol"]): boolean {
  return protocol === asked || protocol === "tcp-and-udp";
}

export function hasLabels(
  { labels }: Pick<LeaseRecord, "labels">,
  asked: ReadonlyMap<string, string>,
): boolean {
  return [...asked].every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

/** Leases of a host that is not heard from may have ended long ago. */
export function isStale({ host }: Pick<FleetLease, "host">): boolean {
  return host.state !== "heard-from";
}

/** The best that is known of how other hosts reach it: an address, else a name. */
export function addressOf({ hostId, record }: FleetHost): string {
  return record?.address || record?.hostName || hostId;
}
