// What must have been in a damaged store, from the rows that checksums prove: the current state as far as its rows are sound, and
// history for the rest. Where they differ the later word counts. Nothing is made up: a lease is kept only as it was written once.

import type {
  BlockRecord,
  EndedLeaseRecord,
  LeaseRecord,
  PoolAdjustment,
  SealedChange,
} from "../domain/records.js";
import { isEmptyAdjustment } from "../domain/pool-adjustment.js";
import type { DecodedEntries } from "./record-decode.js";

export interface SalvageSource {
  readonly entries: DecodedEntries;
  /** In order of revision. */
  readonly changes: readonly SealedChange[];
}

export interface SalvagedState extends DecodedEntries {
  /** Live leases that cannot be right, because a later lease got a port of theirs, or their block is not known. */
  readonly dropped: readonly { readonly lease: LeaseRecord; readonly why: string }[];
  /** Leases and ended leases that were known by their request_id, which is lost: to ask again gives another lease. */
  readonly requestLost: readonly LeaseRecord[];
}

interface LeaseFacts {
  revision: number;
  lease: LeaseRecord;
  ended: EndedLeaseRecord | null;
  remembered: boolean;
  forgotten: boolean;
  /** True when the state itself, not only history, has told of it. */
  inState: boolean;
}

const unended = { ended: null, remembered: false, forgotten: false } as const;

/** The sources may tell of the same things at different times; the first one is believed where nothing tells which is later. */
export function salvageState(sources: readonly SalvageSource[]): SalvagedState {
  const facts = new Map<number, LeaseFacts>();
  for (const { entries } of sources) addEntries(facts, entries);
  const changes = sources.flatMap((source) => source.changes);
  for (const change of changes.toSorted((a, b) => a.revision - b.revision)) {
    addChange(facts, change);
  }
  const blocks = blocksOf(sources);
  const known = [...facts.values()].toSorted((a, b) => b.lease.generation - a.lease.generation);
  const { leases, dropped } = withoutConflicts(
    known.filter(({ ended }) => ended === null).map(({ lease }) => lease),
    blocks,
  );
  const remembered = known.filter((fact) => fact.remembered && !fact.forgotten);
  const ended = remembered.flatMap((fact) => (fact.ended === null ? [] : [fact.ended]));
  return {
    leases,
    ended: ended.filter(({ lease }) => lease.request !== null),
    blocks,
    adjustments: adjustmentsOf(sources),
    dropped,
    requestLost: [
      ...known.filter((fact) => fact.ended === null && !fact.inState).map(({ lease }) => lease),
      ...ended.map(({ lease }) => lease).filter(({ request }) => request === null),
    ],
  };
}

function addEntries(facts: Map<number, LeaseFacts>, entries: DecodedEntries): void {
  for (const lease of entries.leases) {
    const known = facts.get(lease.generation);
    if (known !== undefined && known.revision >= lease.revision) continue;
    facts.set(lease.generation, { ...unended, revision: lease.revision, lease, inState: true });
  }
  for (const ended of entries.ended) {
    const { lease } = ended;
    const over = { revision: Number.MAX_SAFE_INTEGER, ended, remembered: true };
    facts.set(lease.generation, { ...unended, ...over, lease, inState: true });
  }
}

function addChange(facts: Map<number, LeaseFacts>, { revision, change }: SealedChange): void {
  switch (change.type) {
    case "lease_granted":
    case "lease_ttl_changed":
    case "lease_checkpointed":
    case "lease_observed":
      return note(facts, revision, change.lease);
    case "lease_ended": {
      const { lease } = change.ended;
      const known = facts.get(lease.generation);
      const whole = { ...lease, request: known?.lease.request ?? null };
      facts.set(lease.generation, {
        revision: Math.max(revision, known?.revision ?? 0),
        lease: whole,
        ended: { ...change.ended, lease: whole },
        remembered: change.remember,
        forgotten: known?.forgotten ?? false,
        inState: known?.inState ?? false,
      });
      return;
    }
    case "lease_forgotten": {
      const known = facts.get(change.generation);
      if (known !== undefined) known.forgotten = true;
      return;
    }
    case "block_changed":
    case "block_removed":
    case "pool_adjusted":
      return;
  }
}

/** History leaves request fingerprints out; the state has them. */
function note(facts: Map<number, LeaseFacts>, revision: number, lease: LeaseRecord): void {
  const known = facts.get(lease.generation);
  if (known === undefined) {
    facts.set(lease.generation, { ...unended, revision, lease, inState: false });
  } else if (revision > known.revision) {
    known.lease = { ...lease, request: known.lease.request };
    known.revision = revision;
  }
}

function blocksOf(sources: readonly SalvageSource[]): BlockRecord[] {
  const blocks = new Map<string, BlockRecord>();
  for (const block of sources.toReversed().flatMap(({ entries }) => entries.blocks)) {
    blocks.set(block.blockId, block);
  }
  const changes = sources.flatMap((source) => source.changes);
  for (const { change } of changes.toSorted((a, b) => a.revision - b.revision)) {
    if (change.type === "block_changed") blocks.set(change.block.blockId, change.block);
    if (change.type === "block_removed") blocks.delete(change.blockId);
  }
  return [...blocks.values()];
}

function adjustmentsOf(sources: readonly SalvageSource[]): PoolAdjustment[] {
  const adjustments = new Map<string, PoolAdjustment>();
  for (const adjustment of sources.toReversed().flatMap(({ entries }) => entries.adjustments)) {
    adjustments.set(adjustment.pool, adjustment);
  }
  const changes = sources.flatMap((source) => source.changes);
  for (const { change } of changes.toSorted((a, b) => a.revision - b.revision)) {
    if (change.type !== "pool_adjusted") continue;
    const { adjustment } = change;
    if (isEmptyAdjustment(adjustment)) adjustments.delete(adjustment.pool);
    else adjustments.set(adjustment.pool, adjustment);
  }
  return [...adjustments.values()];
}

/** `leases`: the latest first. */
function withoutConflicts(
  leases: readonly LeaseRecord[],
  blocks: readonly BlockRecord[],
): Pick<SalvagedState, "leases" | "dropped"> {
  const blockIds = new Set(blocks.map(({ blockId }) => blockId));
  const taken = new Map<string, LeaseRecord>();
  const kept: LeaseRecord[] = [];
  const dropped: { lease: LeaseRecord; why: string }[] = [];
  for (const lease of leases) {
    const keys = portKeysOf(lease);
    const later = keys.map((key) => taken.get(key)).find((other) => other !== undefined);
    if (later !== undefined) {
      dropped.push({ lease, why: `the later lease ${later.leaseId} has its port` });
    } else if (blockIds.has(lease.blockId)) {
      for (const key of keys) taken.set(key, lease);
      kept.push(lease);
    } else {
      dropped.push({ lease, why: `its block ${lease.blockId} is lost` });
    }
  }
  return { leases: kept.toReversed(), dropped };
}

function portKeysOf({ protocol, ports }: LeaseRecord): string[] {
  const transports = protocol === "tcp-and-udp" ? ["tcp", "udp"] : [protocol];
  const count = ports.lastPort - ports.firstPort + 1;
  return transports.flatMap((transport) =>
    Array.from({ length: count }, (_, index) => `${transport} ${ports.firstPort + index}`),
  );
}
