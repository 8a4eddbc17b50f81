// Changes to feed stores with, and a model of what a store must return after them.

import { unobserved } from "#server/domain/observation.js";
import { emptyAdjustment, isEmptyAdjustment } from "#server/domain/pool-adjustment.js";
import type {
  BlockRecord,
  Change,
  EndedLeaseRecord,
  LeaseRecord,
  PoolAdjustment,
  SealedChange,
  StoredState,
} from "#server/domain/records.js";

export const sampleWallMs = Date.UTC(2026, 10, 22);

export function sampleLease(
  generation: number,
  fields: Partial<Omit<LeaseRecord, "generation">> = {},
): LeaseRecord {
  const port = 20_000 + (generation % 256);
  return {
    leaseId: `lease-${generation}`,
    pool: "default",
    protocol: "tcp",
    blockId: "default-tcp-20000",
    ports: { firstPort: port, lastPort: port },
    generation,
    revision: generation,
    ttlMs: 30_000,
    holder: {
      service: "orders",
      instance: `orders-${generation}`,
      labels: { zone: "a" },
      process: { processId: 4_711, startTime: "1234567", proven: true },
    },
    createdWallMs: sampleWallMs,
    request: null,
    bindWithinMs: null,
    ...unobserved,
    remainingMs: null,
    ...fields,
  };
}

export function sampleBlock(blockId: string, fields: Partial<BlockRecord> = {}): BlockRecord {
  return {
    blockId,
    pool: "default",
    protocol: "tcp",
    kind: "held",
    ports: { firstPort: 20_000, lastPort: 20_255 },
    isolation: "shared",
    stage: "created",
    draining: false,
    origin: "configured",
    ...fields,
  };
}

export function granted(lease: LeaseRecord): Change {
  return { type: "lease_granted", lease };
}

export function ended(lease: LeaseRecord, remember = false): Change {
  const record: EndedLeaseRecord = { lease, reason: "released", endedWallMs: sampleWallMs };
  return { type: "lease_ended", ended: record, remember };
}

/** Gives changes their revisions, from the one after `revision` on. */
export function sealed(revision: number, ...changes: readonly Change[]): SealedChange[] {
  return changes.map((change, index) => ({
    revision: revision + 1 + index,
    wallMs: sampleWallMs + index,
    change,
  }));
}

/** One granted lease per revision. */
export function grants(revision: number, count: number): SealedChange[] {
  return sealed(
    revision,
    ...Array.from({ length: count }, (_, index) => granted(sampleLease(revision + 1 + index))),
  );
}

export function adjusted(pool: string, fields: Partial<PoolAdjustment> = {}): Change {
  return { type: "pool_adjusted", adjustment: { ...emptyAdjustment(pool), ...fields } };
}

export type ModelState = Pick<StoredState, "leases" | "ended" | "blocks" | "adjustments">;

/** What a store holds after these changes, by a second and simpler implementation. */
export function modelOf(changes: readonly Change[]): ModelState {
  const leases = new Map<number, LeaseRecord>();
  const endedLeases = new Map<number, EndedLeaseRecord>();
  const blocks = new Map<string, BlockRecord>();
  const adjustments = new Map<string, PoolAdjustment>();
  for (const change of changes) {
    switch (change.type) {
      case "lease_granted":
      case "lease_checkpointed":
      case "lease_observed":
      case "lease_ttl_changed":
        leases.set(change.lease.generation, change.lease);
        break;
      case "lease_ended":
        leases.delete(change.ended.lease.generation);
        if (change.remember) endedLeases.set(change.ended.lease.generation, change.ended);
        break;
      case "lease_forgotten":
        endedLeases.delete(change.generation);
        break;
      case "block_changed":
        blocks.set(change.block.blockId, change.block);
        break;
      case "block_removed":
        blocks.delete(change.blockId);
        break;
      case "pool_adjusted":
        adjustments.delete(change.adjustment.pool);
        if (!isEmptyAdjustment(change.adjustment)) {
          adjustments.set(change.adjustment.pool, change.adjustment);
        }
        break;
    }
  }
  return ordered({
    leases: [...leases.values()],
    ended: [...endedLeases.values()],
    blocks: [...blocks.values()],
    adjustments: [...adjustments.values()],
  });
}

/** The records alone, in an order that does not depend on the store. */
export function ordered({
  leases,
  ended: endedLeases,
  blocks,
  adjustments,
}: ModelState): ModelState {
  return {
    leases: leases.toSorted((a, b) => a.generation - b.generation),
    ended: endedLeases.toSorted((a, b) => a.lease.generation - b.lease.generation),
    blocks: blocks.toSorted((a, b) => (a.blockId < b.blockId ? -1 : 1)),
    adjustments: adjustments.toSorted((a, b) => (a.pool < b.pool ? -1 : 1)),
  };
}
