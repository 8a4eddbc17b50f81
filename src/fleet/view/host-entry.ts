// A host as the view keeps it: there from the first thing that is heard of it to the last.

import type { HostRecord, UsageRecord } from "../records/host-record.js";
import type { PresenceRecord } from "../records/presence-record.js";
import type { ChangeNode } from "./change-list.js";
import type {
  FleetHost,
  FleetLease,
  FleetProblem,
  HostProbe,
  HostState,
} from "./fleet-entities.js";
import { noUsage, usageOfAll } from "./host-usage.js";
import type { LeaseEntry } from "./lease-entry.js";
import { SortedList } from "./sorted-list.js";

export class HostEntry implements FleetHost, ChangeNode {
  readonly hostId: string;
  /** See slots.ts. */
  readonly slot: number;
  readonly leaseList = new SortedList<LeaseEntry>(({ leaseId }) => leaseId);
  presence: PresenceRecord | null = null;
  probe: HostProbe | null = null;
  /** By how much its broker's clock is told to be ahead of ours; 0: it is not. See toldLeadMs. */
  leadMs = 0;
  /** The worst first. */
  problems: readonly FleetProblem[] = [];
  /** The last snapshots during or after which its record and its presence were told. */
  recordToldIn = 0;
  presenceToldIn = 0;
  gone = false;
  older: ChangeNode | null = null;
  newer: ChangeNode | null = null;
  #record: HostRecord | null = null;
  #usage: UsageRecord = noUsage;

  constructor(hostId: string, slot: number) {
    this.hostId = hostId;
    this.slot = slot;
  }

  get record(): HostRecord | null {
    return this.#record;
  }

  set record(record: HostRecord | null) {
    this.#record = record;
    this.#usage = record === null ? noUsage : usageOfAll(record.pools);
  }

  get usage(): UsageRecord {
    return this.#usage;
  }

  get leases(): readonly FleetLease[] {
    return this.leaseList.items;
  }

  /** A broker of a list that was never reached has said nothing at 0. */
  get lastHeardWallMs(): number | null {
    return this.#record?.saidWallMs || null;
  }

  /** Who is there is heard from, whatever was written down before: a broker that comes back finds its last words there. */
  get state(): HostState {
    if (this.presence !== null) return "heard-from";
    return this.#record?.serving === "stopped" ? "stopped" : "not-heard-from";
  }

  /** Whether anything is known of it. */
  get known(): boolean {
    return this.#record !== null || this.presence !== null || this.leaseList.items.length > 0;
  }
}
