// Compares the store with its watermark: has it lost changes that were acknowledged?

import type { Head } from "./head.js";
import type { SqliteDatabase } from "./sqlite-api.js";
import { chainAt } from "./verify.js";
import type { WatermarkState } from "./watermark.js";

export interface WatermarkVerdict {
  /** Completes "the store is damaged: ..."; `null` when nothing acknowledged is missing as far as can be known. */
  readonly damage: string | null;
  readonly warning: string | null;
  /**
   * True when nobody can say whether the store is as it was left: it was put there without its watermark, as a restored
   * backup is. Leases granted since are unknown, so the revision must jump (semantics.md 4).
   */
  readonly pastUnknown: boolean;
}

const fine: WatermarkVerdict = { damage: null, warning: null, pastUnknown: false };

/** `doubtfulEnd`: see wal-check.ts. */
export function judgeWatermark(
  watermark: WatermarkState,
  database: SqliteDatabase,
  head: Head,
  doubtfulEnd: boolean,
): WatermarkVerdict {
  if (watermark.state === "intact") {
    return { ...fine, damage: lostSince(watermark.mark, database, head) };
  }
  if (watermark.state === "replacing") return { ...fine, damage: interrupted(watermark.keptIn) };
  if (watermark.state === "replaced") return { ...fine, warning: replaced, pastUnknown: true };
  if (doubtfulEnd) {
    return {
      ...fine,
      damage: `the write-ahead log ends in a transaction that cannot be verified, and the watermark is ${watermark.state}`,
    };
  }
  if (watermark.state === "damaged") {
    return {
      ...fine,
      warning: "the watermark file was damaged; the store is sound by all other checks",
    };
  }
  const untouched = head.entryCount === 0 && head.revision === head.baseRevision;
  if (untouched) return fine;
  return {
    damage: null,
    warning:
      "the watermark file was missing, as after restoring a backup; leases that were granted after the backup are unknown, " +
      "so history starts anew and generations continue at a number that was never used",
    pastUnknown: true,
  };
}

const replaced =
  "the store was repaired or imported; leases that it does not know may live, so history starts anew and generations continue " +
  "at a number that was never used";

function interrupted(keptIn: string): string {
  const before =
    keptIn === "" ? "the directory was empty before" : `what was there before is in ${keptIn}`;
  return `a repair or an import was interrupted (${before}); do it again`;
}

function lostSince(
  mark: { readonly revision: number; readonly chain: string },
  database: SqliteDatabase,
  head: Head,
): string | null {
  if (head.revision < mark.revision) {
    return `changes up to ${mark.revision} were acknowledged, but the store ends at ${head.revision}`;
  }
  const chain = chainAt(database, head, mark.revision);
  // Older than all retained changes: the watermark survived a power loss that the newer marks did not.
  if (chain === null || chain === mark.chain) return null;
  return `change ${mark.revision} is not the one that was acknowledged; the files are of different stores or times`;
}
