// Reads stored records back, checking every field. What it cannot read is STORE_CORRUPT, naming the key, although its
// checksum was right: better no broker than one that guesses.

import type {
  BlockRecord,
  Change,
  EndedLeaseRecord,
  LeaseRecord,
  ObservedAspect,
  PoolAdjustment,
  SealedChange,
} from "../domain/records.js";
import {
  adjustmentKey,
  blockKey,
  endedKey,
  leaseKey,
  recordVersion,
  recordVersionOldest,
} from "./record.js";
import { corrupt, recordTooNew } from "./store-error.js";
import { adjustmentFrom } from "./stored-adjustment.js";
import {
  blockFrom,
  endedFrom,
  FieldError,
  fieldsOf,
  flagOf,
  integerOf,
  leaseFrom,
  oneOf,
  textOf,
} from "./stored-fields.js";
import type { Fields } from "./stored-fields.js";

export interface DecodedEntries {
  readonly leases: LeaseRecord[];
  readonly ended: EndedLeaseRecord[];
  readonly blocks: BlockRecord[];
  readonly adjustments: PoolAdjustment[];
}

export function noEntries(): DecodedEntries {
  return { leases: [], ended: [], blocks: [], adjustments: [] };
}

/** Keys and values belong together by index. Throws STORE_CORRUPT or STORE_TOO_NEW. */
export function decodeEntries(
  keys: readonly string[],
  values: readonly string[],
  dataDirectory: string,
): DecodedEntries {
  const version = newestVersion(values);
  if (version > recordVersion) throw recordTooNew(dataDirectory, version, recordVersion);
  const entries = noEntries();
  for (const [index, key] of keys.entries()) {
    const wrong = addEntry(entries, key, values[index] ?? "");
    if (wrong !== null) throw corrupt(dataDirectory, wrong);
  }
  return entries;
}

/** Every record begins with its version, so that it can be told without knowing the rest. */
const leadingVersion = /^\{"version":(\d{1,9})[,}]/;

/** The highest record version among stored values; 0 when none of them tells. */
export function newestVersion(values: readonly string[]): number {
  return values.reduce(
    (newest, value) => Math.max(newest, Number(leadingVersion.exec(value)?.[1] ?? 0)),
    0,
  );
}

/** Adds what an entry holds. Returns what is wrong with it instead, if something is. */
export function addEntry(entries: DecodedEntries, key: string, value: string): string | null {
  try {
    const ownKey = addDecoded(entries, key, parse(value));
    return ownKey === key ? null : `entry ${JSON.stringify(key)} holds what belongs to another key`;
  } catch (error) {
    return `entry ${JSON.stringify(key)} cannot be read: ${reasonOf(error)}`;
  }
}

/** Throws STORE_CORRUPT or STORE_TOO_NEW. Request fingerprints are not kept in history: they are `null`. */
export function decodeChange(
  revision: number,
  wallMs: number,
  body: string,
  dataDirectory: string,
): SealedChange {
  const version = newestVersion([body]);
  if (version > recordVersion) throw recordTooNew(dataDirectory, version, recordVersion);
  try {
    return { revision, wallMs, change: changeFrom(parse(body)) };
  } catch (error) {
    throw corrupt(dataDirectory, `change ${revision} cannot be read: ${reasonOf(error)}`);
  }
}

/** Returns the key under which the record belongs. */
function addDecoded(entries: DecodedEntries, key: string, fields: Fields): string {
  switch (key.slice(0, key.indexOf("/"))) {
    case "lease": {
      const lease = leaseFrom(fields);
      entries.leases.push(lease);
      return leaseKey(lease.generation);
    }
    case "ended": {
      const ended = endedFrom(fields);
      entries.ended.push(ended);
      return endedKey(ended.lease.generation);
    }
    case "block": {
      const block = blockFrom(fields);
      entries.blocks.push(block);
      return blockKey(block.blockId);
    }
    case "adjustment": {
      const adjustment = adjustmentFrom(fields, 1);
      entries.adjustments.push(adjustment);
      return adjustmentKey(adjustment.pool);
    }
    default:
      throw new FieldError("key", "of a known kind");
  }
}

const changeTypes: readonly Change["type"][] = [
  "lease_granted",
  "lease_ttl_changed",
  "lease_checkpointed",
  "lease_observed",
  "lease_ended",
  "lease_forgotten",
  "block_changed",
  "block_removed",
  "pool_adjusted",
];

const observedAspects: readonly ObservedAspect[] = ["binding", "protection"];

function changeFrom(fields: Fields): Change {
  const type = oneOf(fields, "type", changeTypes);
  switch (type) {
    case "lease_granted":
    case "lease_ttl_changed":
    case "lease_checkpointed":
      return { type, lease: leaseFrom(fields["lease"]) };
    case "lease_observed": {
      const aspect = oneOf(fields, "aspect", observedAspects);
      return { type, aspect, lease: leaseFrom(fields["lease"]) };
    }
    case "lease_ended":
      return { type, ended: endedFrom(fields["ended"]), remember: flagOf(fields, "remember") };
    case "lease_forgotten":
      return { type, generation: integerOf(fields, "generation", 0, Number.MAX_SAFE_INTEGER) };
    case "block_changed":
      return { type, block: blockFrom(fields["block"]) };
    case "block_removed":
      return { type, blockId: textOf(fields, "blockId") };
    case "pool_adjusted":
      return { type, adjustment: adjustmentFrom(fields["adjustment"]) };
  }
}

function parse(text: string): Fields {
  const fields = fieldsOf(JSON.parse(text) as unknown, "record", Infinity);
  integerOf(fields, "version", recordVersionOldest, recordVersion);
  return fields;
}

/** JSON.parse quotes the text it fails on, which may hold what is not to be shown. */
function reasonOf(error: unknown): string {
  return error instanceof FieldError ? error.message : "it is not JSON";
}
