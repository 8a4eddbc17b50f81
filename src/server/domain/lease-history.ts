// What is kept of the past: changes by revision, and a search through them. History has a beginning; what was before it is not
// known, which never means that it did not happen (semantics.md 5).

import { containsPort } from "./port-range.js";
import type { LeaseRecord, SealedChange } from "./records.js";

export interface RetainedChanges {
  /** Changes up to this revision are forgotten. */
  readonly baseRevision: number;
  readonly changes: readonly SealedChange[];
}

/** Which changes of leases are wanted; `null`: all. Changes of other things, and checkpoints, are never found. */
export interface ChangeSearch {
  readonly port: number | null;
  readonly leaseId: string | null;
  readonly service: string | null;
  /** Wall clock: at or after. */
  readonly fromWallMs: number | null;
  /** Wall clock: before. */
  readonly toWallMs: number | null;
}

export interface FoundChanges {
  /** Oldest first. */
  readonly changes: readonly SealedChange[];
  /** Everything up to this revision was looked at; the search goes on after it. */
  readonly searchedTo: number;
  /** True when there is nothing after `searchedTo`. */
  readonly complete: boolean;
  /** Wall clock of the oldest change that is kept; `null` when none is. */
  readonly oldestWallMs: number | null;
}

export interface LeaseHistory {
  /** Up to `countMax` changes after a revision, oldest first. */
  readChanges(afterRevision: number, countMax: number): Promise<RetainedChanges>;
  /** Looks at a portion of the changes after a revision, so small that no commit waits for long. Finds `countMax` at most. */
  searchChanges(
    search: ChangeSearch,
    afterRevision: number,
    countMax: number,
  ): Promise<FoundChanges>;
}

/** The lease that a change is an event of; `null` for changes of other things, and for checkpoints. */
export function leaseChanged({ change }: SealedChange): LeaseRecord | null {
  switch (change.type) {
    case "lease_granted":
    case "lease_ttl_changed":
    case "lease_observed":
      return change.lease;
    case "lease_ended":
      return change.ended.lease;
    case "lease_checkpointed":
    case "lease_forgotten":
    case "block_changed":
    case "block_removed":
    case "pool_adjusted":
      return null;
  }
}

/** Whether a change is one that the search wants. */
export function isWanted(sealed: SealedChange, search: ChangeSearch): boolean {
  const lease = leaseChanged(sealed);
  if (lease === null) return false;
  const { wallMs } = sealed;
  return (
    (search.port === null || containsPort(lease.ports, search.port)) &&
    (search.leaseId === null || lease.leaseId === search.leaseId) &&
    (search.service === null || lease.holder.service === search.service) &&
    (search.fromWallMs === null || wallMs >= search.fromWallMs) &&
    (search.toWallMs === null || wallMs < search.toWallMs)
  );
}
