// The simulated fleet as etcd delivers it: keys and bytes. What is measured then reads them as the fleet server does, and shares no
// object with what made them.

import type { FleetChanges } from "#fleet/view/fleet-sink.js";
import { readHost, writeHost } from "#fleet/records/host-json.js";
import { readLease, writeLease } from "#fleet/records/lease-json.js";
import { readPresence, writePresence } from "#fleet/records/presence-json.js";
import type { ReadResult } from "#fleet/records/read-record.js";
import type { SimulatedChange } from "../../test/support/simulated-change.js";
import type { SimulatedFleet } from "../../test/support/simulated-fleet.js";

export interface EncodedEntry {
  readonly kind: "host" | "presence" | "lease";
  readonly hostId: string;
  /** "": it is about no lease. */
  readonly leaseId: string;
  /** `null`: it is gone. */
  readonly bytes: Uint8Array | null;
}

/** Everything that the fleet's hosts say now. */
export function encodeFleet(fleet: SimulatedFleet): EncodedEntry[] {
  const entries: EncodedEntry[] = [];
  const add = (kind: EncodedEntry["kind"], hostId: string, leaseId: string, text: string): void => {
    entries.push({ kind, hostId, leaseId, bytes: Buffer.from(text) });
  };
  fleet.tellAll({
    putHost: (hostId, record) => add("host", hostId, "", writeHost(record)),
    putPresence: (hostId, record) => add("presence", hostId, "", writePresence(record)),
    putLease: (hostId, leaseId, record) => add("lease", hostId, leaseId, writeLease(record)),
  });
  return entries;
}

export function encodeChange(change: SimulatedChange): EncodedEntry {
  const { hostId } = change;
  if (change.type === "host") {
    return { kind: "host", hostId, leaseId: "", bytes: Buffer.from(writeHost(change.record)) };
  }
  const { leaseId } = change;
  if (change.type === "lease-gone") return { kind: "lease", hostId, leaseId, bytes: null };
  return { kind: "lease", hostId, leaseId, bytes: Buffer.from(writeLease(change.record)) };
}

type Told = Pick<FleetChanges, "putHost" | "putPresence" | "putLease">;

/** Reads the entry and tells it. Only leases go. */
export function tellEntry(
  entry: EncodedEntry,
  sink: Told & Pick<FleetChanges, "removeLease">,
): void {
  if (entry.bytes === null) sink.removeLease(entry.hostId, entry.leaseId);
  else tellPut(entry.kind, entry.hostId, entry.leaseId, entry.bytes, sink);
}

/** Tells an entry that is there. */
export function tellPut(
  kind: EncodedEntry["kind"],
  hostId: string,
  leaseId: string,
  bytes: Uint8Array,
  sink: Told,
): void {
  if (kind === "lease") sink.putLease(hostId, leaseId, recordIn(readLease(bytes)));
  else if (kind === "host") sink.putHost(hostId, recordIn(readHost(bytes)));
  else sink.putPresence(hostId, recordIn(readPresence(bytes)));
}

function recordIn<Record>(result: ReadResult<Record>): Record {
  if ("record" in result) return result.record;
  throw new Error(`the simulated fleet wrote a record that cannot be read: ${result.why}`);
}
