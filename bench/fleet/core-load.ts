// The view of a fleet on its own: how long it takes to read a whole fleet in, what that keeps in memory, and a storm in which all hosts
// are read again and each of their leases has changed.

import { FleetView } from "#fleet/view/fleet-view.js";
import { systemClock } from "#server/system-clock.js";
import { SimulatedFleet } from "../../test/support/simulated-fleet.js";
import {
  encodeChange,
  encodeFleet,
  type EncodedEntry,
  tellEntry,
  tellPut,
} from "./encoded-fleet.js";
import { measureMemory } from "../servers/memory.js";
import type { FleetSize } from "./options.js";

export interface CoreLoad {
  readonly hosts: number;
  readonly leases: number;
  /** Of keys' last parts and values, as etcd has them. */
  readonly hostBytes: number;
  readonly leaseBytes: number;
  readonly loadMs: number;
  readonly bytesPerHost: number;
  readonly bytesPerLease: number;
  /** All hosts told again as they are: nothing changes. */
  readonly sameAgainMs: number;
  /** All hosts told again, with another binding of each lease. */
  readonly stormMs: number;
}

/** Sees one core busy for some seconds. */
export function measureCoreLoad(size: FleetSize): CoreLoad {
  const { entries, storm } = encode(size);
  const ofKind = (kind: EncodedEntry["kind"]): EncodedEntry[] =>
    entries.filter((entry) => entry.kind === kind);
  const hosts = ofKind("host");
  const leases = ofKind("lease");

  const empty = measureMemory();
  const view = new FleetView(systemClock);
  const hostsMs = timed(() => tellAll(view, [...hosts, ...ofKind("presence")], "end later"));
  const withHosts = measureMemory();
  const leasesMs = timed(() => tellAll(view, entries, "end"));
  const full = measureMemory();
  const sameAgainMs = timed(() => tellAll(view, entries, "end"));
  const stormMs = timed(() => {
    for (const entry of storm) tellEntry(entry, view);
  });
  return {
    hosts: view.hostCount,
    leases: view.leaseCount,
    hostBytes: meanBytes(hosts),
    leaseBytes: meanBytes(leases),
    loadMs: hostsMs + leasesMs,
    bytesPerHost: (withHosts.objectBytes - empty.objectBytes) / hosts.length,
    bytesPerLease: (full.objectBytes - withHosts.objectBytes) / leases.length,
    sameAgainMs,
    stormMs,
  };
}

/** The fleet itself is garbage when this returns. */
function encode(size: FleetSize): { entries: EncodedEntry[]; storm: EncodedEntry[] } {
  const fleet = new SimulatedFleet({ ...size, nowWallMs: Date.now() });
  return { entries: encodeFleet(fleet), storm: [...fleet.rebindAll()].map(encodeChange) };
}

function tellAll(
  view: FleetView,
  entries: readonly EncodedEntry[],
  end: "end" | "end later",
): void {
  const snapshot = view.beginSnapshot(null);
  for (const { kind, hostId, leaseId, bytes } of entries) {
    if (bytes !== null) tellPut(kind, hostId, leaseId, bytes, snapshot);
  }
  if (end === "end") snapshot.end();
  else snapshot.abandon();
}

function meanBytes(entries: readonly EncodedEntry[]): number {
  const sum = entries.reduce(
    (bytes, { hostId, leaseId, bytes: value }) =>
      bytes + hostId.length + leaseId.length + (value?.byteLength ?? 0),
    0,
  );
  return sum / Math.max(1, entries.length);
}

function timed(act: () => void): number {
  const startMs = performance.now();
  act();
  return performance.now() - startMs;
}
