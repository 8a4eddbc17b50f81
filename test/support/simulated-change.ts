// What changes on a simulated host, as a source of the fleet would tell it.

import type { HostRecord } from "#fleet/records/host-record.js";
import type { LeaseRecord } from "#fleet/records/lease-record.js";
import type { FleetChanges } from "#fleet/view/fleet-sink.js";

export type SimulatedChange =
  | { readonly type: "host"; readonly hostId: string; readonly record: HostRecord }
  | {
      readonly type: "lease";
      readonly hostId: string;
      readonly leaseId: string;
      readonly record: LeaseRecord;
    }
  | { readonly type: "lease-gone"; readonly hostId: string; readonly leaseId: string };

/** Tells the sink of a change. */
export function tellChange(change: SimulatedChange, sink: FleetChanges): void {
  if (change.type === "host") sink.putHost(change.hostId, change.record);
  else if (change.type === "lease") sink.putLease(change.hostId, change.leaseId, change.record);
  else sink.removeLease(change.hostId, change.leaseId);
}
