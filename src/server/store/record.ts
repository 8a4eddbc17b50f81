// The stored form of a change: JSON with a version number. `body` is what history keeps; `writes` are the entries, the
// current state, that the change leaves. Entries hold everything a restart needs; history leaves out request fingerprints.

import { isEmptyAdjustment } from "../domain/pool-adjustment.js";
import type {
  BlockRecord,
  Change,
  EndedLeaseRecord,
  LeaseRecord,
  PoolAdjustment,
} from "../domain/records.js";
import { adjustmentFrom } from "./stored-adjustment.js";
import { blockFrom, endedFrom, integerOf, leaseFrom } from "./stored-fields.js";

/**
 * Of the JSON in bodies and entries. A new one is needed when a field comes, goes or changes its meaning.
 * 1: as of 0.1.0's first builds. 2: blocks have "isolation" and "added"; the protocol "tcp-and-udp". 3: leases have
 * "bindWithinMs", "binding", "everBound", "covered" and "remainingMs"; the changes "lease_checkpointed" and "lease_observed";
 * blocks have "origin" instead of "added". 4: the change "pool_adjusted" and what it leaves; ended leases may have "revocation".
 */
export const recordVersion = 4;

/** Older ones that are read, and how: see stored-fields.ts. */
export const recordVersionOldest = 1;

export interface EntryWrite {
  readonly key: string;
  /** `null` removes the entry. */
  readonly value: string | null;
}

export interface EncodedChange {
  readonly body: string;
  readonly writes: readonly EntryWrite[];
}

const generationDigits = 16;
/** Every record begins with it: see `newestVersion`. */
const versionText = `"version":${recordVersion}`;

/** Throws FieldError when a field could not be read back. */
export function encodeChange(change: Change): EncodedChange {
  switch (change.type) {
    case "lease_granted":
    case "lease_ttl_changed":
    case "lease_checkpointed":
      return encodeLease(leaseFrom(change.lease), `"${change.type}"`);
    case "lease_observed":
      return encodeLease(leaseFrom(change.lease), `"${change.type}","aspect":"${change.aspect}"`);
    case "lease_ended":
      return encodeEnded(endedFrom(change.ended), change.remember);
    case "lease_forgotten": {
      const generation = integerOf(change, "generation", 0, Number.MAX_SAFE_INTEGER);
      const body = json({ type: change.type, generation });
      return { body, writes: [{ key: endedKey(generation), value: null }] };
    }
    case "block_changed": {
      const block = blockFrom(change.block);
      const body = json({ type: change.type, block });
      return { body, writes: [{ key: blockKey(block.blockId), value: json(block) }] };
    }
    case "block_removed": {
      const body = json({ type: change.type, blockId: change.blockId });
      return { body, writes: [{ key: blockKey(change.blockId), value: null }] };
    }
    case "pool_adjusted": {
      const adjustment = adjustmentFrom(change.adjustment);
      const value = isEmptyAdjustment(adjustment) ? null : json(adjustment);
      const body = json({ type: change.type, adjustment });
      return { body, writes: [{ key: adjustmentKey(adjustment.pool), value }] };
    }
  }
}

/** The entries of a whole state, as a new store begins with them. */
export function entriesOf({
  leases,
  ended,
  blocks,
  adjustments,
}: {
  readonly leases: readonly LeaseRecord[];
  readonly ended: readonly EndedLeaseRecord[];
  readonly blocks: readonly BlockRecord[];
  readonly adjustments: readonly PoolAdjustment[];
}): { key: string; value: string }[] {
  const changes = [
    ...leases.map((lease) => encodeChange({ type: "lease_granted", lease })),
    ...ended.map((end) => encodeChange({ type: "lease_ended", ended: end, remember: true })),
    ...blocks.map((block) => encodeChange({ type: "block_changed", block })),
    ...adjustments.map((adjustment) => encodeChange({ type: "pool_adjusted", adjustment })),
  ];
  return changes.flatMap(({ writes }) =>
    writes.flatMap(({ key, value }) => (value === null ? [] : [{ key, value }])),
  );
}

export function leaseKey(generation: number): string {
  return `lease/${String(generation).padStart(generationDigits, "0")}`;
}

export function endedKey(generation: number): string {
  return `ended/${String(generation).padStart(generationDigits, "0")}`;
}

export function blockKey(blockId: string): string {
  return `block/${blockId}`;
}

export function adjustmentKey(pool: string): string {
  return `adjustment/${pool}`;
}

/**
 * Makes the JSON of a lease once: body and entry share all of it but the request, which history leaves out. `type` and what
 * belongs to it are JSON.
 */
function encodeLease(lease: LeaseRecord, type: string): EncodedChange {
  const text = JSON.stringify(lease);
  const body = `{${versionText},"type":${type},"lease":${withoutRequest(text, lease)}}`;
  return { body, writes: [{ key: leaseKey(lease.generation), value: withVersion(text) }] };
}

function encodeEnded(ended: EndedLeaseRecord, remember: boolean): EncodedChange {
  const { lease, reason, endedWallMs, revocation } = ended;
  const text = JSON.stringify(lease);
  const revoked = revocation === undefined ? "" : `,"revocation":${JSON.stringify(revocation)}`;
  const end = `"reason":"${reason}","endedWallMs":${endedWallMs}${revoked}`;
  const historic = `{"lease":${withoutRequest(text, lease)},${end}}`;
  const body = `{${versionText},"type":"lease_ended","remember":${remember},"ended":${historic}}`;
  const writes: EntryWrite[] = [{ key: leaseKey(lease.generation), value: null }];
  if (remember) {
    const value = `{${versionText},"lease":${text},${end}}`;
    writes.push({ key: endedKey(lease.generation), value });
  }
  return { body, writes };
}

/** Quotes within texts are escaped and labels are texts, so only the field itself reads like this. */
function withoutRequest(leaseText: string, { request }: LeaseRecord): string {
  if (request === null) return leaseText;
  return leaseText.replace(`"request":${JSON.stringify(request)}`, '"request":null');
}

function json(fields: object): string {
  return withVersion(JSON.stringify(fields));
}

function withVersion(text: string): string {
  return `{${versionText},${text.slice(1)}`;
}
