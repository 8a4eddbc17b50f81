// A part of a live view of the fleet as lines: one for each host and lease that is new, has changed or is gone.

import type {
  FleetLease,
  Host,
  WatchFleetResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { hostStateText, leaseStateText } from "./fleet-text.js";
import { portsText } from "./lease-text.js";
import { usedText } from "./pool-view.js";

/** Lines come one by one, so the columns have fixed widths. */
const widths = [24, 12, 24, 0];

/** `at`: when it came. */
export function fleetLines(message: WatchFleetResponse, at: Date): readonly string[] {
  const { hosts, removedHostIds, leases, removedLeases } = message;
  const time = at.toISOString();
  return [
    ...removedLeases.map(({ hostId, leaseId }) => [time, "lease gone", hostId, leaseId]),
    ...removedHostIds.map((hostId) => [time, "host gone", hostId, ""]),
    ...hosts.map((host) => [time, "host", host.hostId, hostText(host)]),
    ...leases.map((lease) => [time, "lease", lease.hostId, leaseText(lease)]),
  ].map(lineOf);
}

function hostText(host: Host): string {
  const problems = host.problems.map(({ reason }) => reason);
  return [
    hostStateText(host),
    `${usedText(host.usage)} used`,
    `${host.leases} leases`,
    ...(problems.length === 0 ? [] : [problems.join(" ")]),
  ].join(", ");
}

function leaseText(lease: FleetLease): string {
  const instance = lease.instance === "" ? "" : `/${lease.instance}`;
  const name = `${lease.service || "(unnamed)"}${instance}`;
  return `${portsText(lease)} ${name}, ${leaseStateText(lease)}, ${lease.leaseId}`;
}

function lineOf(cells: readonly string[]): string {
  return cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join("  ")
    .trimEnd();
}
