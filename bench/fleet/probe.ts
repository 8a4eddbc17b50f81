// Hosts of which only the time is of interest at which they were told: they are told anew in turn, each time with the time, and whoever
// sees one knows how old that is. Clocks of processes on one machine are the same: https://nodejs.org/api/process.html#processhrtimebigint

import type { HostRecord } from "#fleet/records/host-record.js";
import type { PresenceRecord } from "#fleet/records/presence-record.js";

/** So many that none changes twice within the interval of a reader, who would see the second change only. */
const probeCount = 128;

/** Not a multiple of the readers' interval, so that probes fall everywhere in it. */
export const probesPerSecond = 37;

const idStart = "zz-probe-";

export const probeHostIds: readonly string[] = Array.from(
  { length: probeCount },
  (_, index) => `${idStart}${index}`,
);

/** They take turns. */
export function probeHostId(index: number): string {
  return `${idStart}${index % probeCount}`;
}

export function isProbe(hostId: string): boolean {
  return hostId.startsWith(idStart);
}

const label = "told-ns";
const nanosecondsPerMs = 1e6;

export const probePresence: PresenceRecord = { brokerId: "probe", startedWallMs: 0 };

export function probeRecord(): HostRecord {
  const nowWallMs = Date.now();
  return {
    hostName: "probe",
    brokerId: "probe",
    address: "probe",
    version: "0.0.0",
    platform: process.platform,
    brokerAddresses: [],
    dashboardUrl: "",
    labels: { [label]: process.hrtime.bigint().toString() },
    startedWallMs: nowWallMs,
    saidWallMs: nowWallMs,
    serving: "serving",
    pools: [],
    problems: [],
    grants: { firstMinuteWallMs: 0, counts: [] },
  };
}

/** How long ago it was told. */
export function probeAgeMs(labels: Readonly<Record<string, string>>): number {
  return Number(process.hrtime.bigint() - BigInt(labels[label] ?? "0")) / nanosecondsPerMs;
}
