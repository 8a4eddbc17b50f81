// What "portlease store check" tells: findings with what they mean and what can be done. Words only; check.ts finds.

import type { Damage } from "./verify.js";

export interface StoreFinding {
  /** Only "damage" keeps a broker from starting. */
  readonly severity: "damage" | "warning" | "info";
  /** What was found, as a sentence without a full stop. */
  readonly message: string;
  /** What it means. */
  readonly meaning: string;
  /** What can be done; `null` when there is nothing to do. */
  readonly advice: string | null;
}

export interface StoreSummary {
  readonly revision: number;
  /** Changes after `baseRevision` up to `revision` are retained. */
  readonly baseRevision: number;
  /** Entries whose checksum is right and that can be decoded. */
  readonly leaseCount: number;
  readonly endedCount: number;
  readonly blockCount: number;
  /** Pools that operators have adjusted. */
  readonly adjustmentCount: number;
}

/**
 * "absent": there is no store. "in-use": a broker runs on it, so its files change; nothing was checked.
 * "too-new": written by a newer portlease; nothing was checked.
 */
export type StoreVerdict = "sound" | "damaged" | "absent" | "in-use" | "too-new";

export interface StoreCheckReport {
  readonly dataDirectory: string;
  readonly verdict: StoreVerdict;
  readonly findings: readonly StoreFinding[];
  /** What can be read, also of a damaged store; `null` when not even the head can. */
  readonly summary: StoreSummary | null;
}

const restoreOrStartAnew =
  'run "portlease store repair", which says what it can save and what is lost, and with --yes does it; or restore the whole directory from a backup and delete the file "watermark" in it, so that generations go on at numbers ' +
  "that were never used; or move the directory away and start with an empty one: all leases are then forgotten, holders acquire " +
  'again, and blocks that are still reserved with the operating system are shown by "portlease blocks"';

const meanings: Readonly<Record<Damage["part"], string>> = {
  files: "SQLite would refuse the file or read it wrongly",
  log: "acknowledged changes after the broken place would be dropped, and SQLite would call that sound",
  pages:
    "the structure of the database file is broken; rows may be missing or found in the wrong place",
  schema: "the tables are not those that portlease makes",
  head: "the row that vouches for all others is wrong, so nothing can be trusted",
  history: "a recorded change is missing or not as it was written",
  entries: "a lease or block on disk is missing or not as it was written",
  replacement: "files of the damaged store and of the new one may lie side by side",
  watermark: "changes that were acknowledged to callers are not in the store",
};

const acceptLoss =
  'run "portlease store repair", or, to go on without the lost changes, delete the file "watermark": the broker then starts with ' +
  "what is there, history starts anew and generations go on at numbers that were never used; or restore the whole directory " +
  "from a backup and delete that file in it";

/** `alone`: nothing else is damaged, so that accepting the loss would let the broker start. */
export function damageFinding(part: Damage["part"], message: string, alone: boolean): StoreFinding {
  return {
    severity: "damage",
    message,
    meaning: meanings[part],
    advice: part === "watermark" && alone ? acceptLoss : restoreOrStartAnew,
  };
}

export function warningFinding(message: string): StoreFinding {
  return {
    severity: "warning",
    message,
    meaning: "the broker starts, and says the same in its log",
    advice: null,
  };
}

export function infoFinding(message: string, meaning: string, advice: string | null): StoreFinding {
  return { severity: "info", message, meaning, advice };
}
