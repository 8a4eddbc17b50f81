// A lease as the view keeps it. There are hundreds of thousands: each field counts.

import type { LeaseRecord } from "../records/lease-record.js";
import type { ChangeNode } from "./change-list.js";
import type { FleetLease } from "./fleet-entities.js";
import type { HostEntry } from "./host-entry.js";

export class LeaseEntry implements FleetLease, ChangeNode {
  readonly host: HostEntry;
  readonly leaseId: string;
  /** See slots.ts. */
  readonly slot: number;
  record: LeaseRecord;
  /** The last snapshot during or after which it was told. */
  toldIn: number;
  gone = false;
  older: ChangeNode | null = null;
  newer: ChangeNode | null = null;

  constructor(host: HostEntry, leaseId: string, slot: number, record: LeaseRecord, toldIn: number) {
    this.host = host;
    this.leaseId = leaseId;
    this.slot = slot;
    this.record = record;
    this.toldIn = toldIn;
  }
}
