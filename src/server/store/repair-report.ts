// What a repair saved and what it did not, as sentences. Words only; salvage.ts finds.

import { formatPortRange } from "../domain/port-range.js";
import type { LeaseRecord } from "../domain/records.js";
import type { StoreFinding } from "./check-report.js";

export interface SalvageSummary {
  readonly leaseCount: number;
  readonly endedCount: number;
  readonly blockCount: number;
  /** Pools that operators have adjusted. */
  readonly adjustmentCount: number;
  /** The last one of the repaired store: the next grant has a higher one than all grants before. */
  readonly revision: number;
  /** False: all holder keys are dead. */
  readonly secretKept: boolean;
  /** A sentence each, without a full stop. */
  readonly losses: readonly string[];
}

/**
 * "repaired": done. "repairable": this is what would be done. "sound": nothing is damaged, so nothing was done.
 * "absent", "in-use", "too-new": as in a check.
 */
export type RepairVerdict = "repaired" | "repairable" | "sound" | "absent" | "in-use" | "too-new";

export interface RepairReport {
  readonly dataDirectory: string;
  readonly verdict: RepairVerdict;
  /** What the check found before. */
  readonly findings: readonly StoreFinding[];
  /** `null` when nothing was salvaged. */
  readonly summary: SalvageSummary | null;
  /** Where the files are that were replaced; `null` when none were. */
  readonly keptIn: string | null;
}

export const secretLost =
  "the broker's secret is lost: no holder key works any more; leases run out, and their holders acquire anew";

export function leaseDropped(lease: LeaseRecord, why: string): string {
  return `lease ${nameOf(lease)} is left out: ${why}`;
}

export function requestForgotten(lease: LeaseRecord): string {
  return `the request_id of lease ${nameOf(lease)} may be lost: asked again, it may give another lease`;
}

export function entryUnreadable(key: string): string {
  return `${JSON.stringify(key)} cannot be read, and history does not tell of it`;
}

/** `last`: the last change that is known to have been acknowledged. */
export function changesLost(first: number, last: number): string {
  const which = first === last ? `change ${first} is` : `changes ${first} to ${last} are`;
  return `${which} lost: what was granted or ended in them is known only as far as the state tells`;
}

export function stateIncomplete(foundCount: number, expectedCount: number): string {
  return `the state should have ${expectedCount} entries, and ${foundCount} were found`;
}

function nameOf({ leaseId, ports, generation, holder, revision }: LeaseRecord): string {
  const { service, instance } = holder;
  const who = instance === "" ? service : `${service}/${instance}`;
  return `${leaseId} (port ${formatPortRange(ports)}, ${who}, generation ${generation}, revision ${revision})`;
}
