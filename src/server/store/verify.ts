// Reads everything there is in an open store and says what does not add up. The broker refuses on the first damage,
// the offline check lists all; so the caller decides what `report` does. Changes nothing.

import { chainAfter, digestText, entryChecksum, toggled } from "./checksum.js";
import type { Checksum } from "./checksum.js";
import { readHead } from "./head.js";
import type { Head } from "./head.js";
import { schemaDamage } from "./schema.js";
import type { SqliteDatabase } from "./sqlite-api.js";
import { unreadable } from "./sqlite-failure.js";

/** Which part of the store is damaged, and a message that completes "the store is damaged: ...". */
export interface Damage {
  readonly part:
    | "files"
    | "log"
    | "pages"
    | "schema"
    | "head"
    | "history"
    | "entries"
    | "watermark"
    | "replacement";
  readonly message: string;
}

export type DamageReport = (part: Damage["part"], message: string) => void;

export interface VerifiedStore {
  readonly head: Head;
  /** Same index, same entry; in key order. */
  readonly keys: readonly string[];
  readonly values: readonly string[];
  /** By key. */
  readonly checksums: Map<string, Checksum>;
}

/** How many damaged pages are named. */
const pagesNamedMax = 10;

/** `null` when not even the head can be read. Throws only for causes outside the files, such as a failing disk. */
export function verifyStore(database: SqliteDatabase, report: DamageReport): VerifiedStore | null {
  const attempt = <T>(part: Damage["part"], step: () => T): T | null => {
    try {
      return step();
    } catch (error) {
      report(part, unreadable(error));
      return null;
    }
  };
  attempt("pages", () => {
    for (const message of pageDamages(database)) report("pages", message);
  });
  const schema = attempt("schema", () => schemaDamage(database));
  if (schema !== null) report("schema", schema);
  const head = attempt("head", () => readHead(database));
  if (typeof head === "string") report("head", head);
  if (head === null || typeof head === "string") return null;
  const history = attempt("history", () => historyDamage(database, head));
  if (history !== null) report("history", history);
  return attempt("entries", () => readEntries(database, head, report));
}

/** The chain checksum at a revision, `null` when it is not retained. */
export function chainAt(database: SqliteDatabase, head: Head, revision: number): Checksum | null {
  if (revision === head.baseRevision) return head.baseChain;
  const row = database.prepare("SELECT chain FROM changes WHERE revision = ?").get(revision);
  return (row as { chain: string } | undefined)?.chain ?? null;
}

function pageDamages(database: SqliteDatabase): string[] {
  const rows = database.prepare(`PRAGMA quick_check(${pagesNamedMax})`).all();
  const messages = rows.map((row) => String(Object.values(row as object)[0]));
  return messages
    .filter((message) => message !== "ok")
    .map((message) => `SQLite's check says "${message.replaceAll("\n", " ")}"`);
}

interface ChangeRow {
  readonly revision: number;
  readonly wall_ms: number;
  readonly body: string;
  readonly chain: string;
}

function historyDamage(database: SqliteDatabase, head: Head): string | null {
  let { baseRevision: revision, baseChain: chain } = head;
  const sql = "SELECT revision, wall_ms, body, chain FROM changes ORDER BY revision";
  for (const row of database.prepare(sql).iterate() as Iterable<ChangeRow>) {
    if (row.revision !== revision + 1) {
      return `after change ${revision} comes change ${row.revision}`;
    }
    chain = chainAfter(chain, row.revision, row.wall_ms, row.body);
    revision = row.revision;
    if (row.chain !== chain) return `the checksum of change ${revision} is wrong`;
  }
  if (revision === head.revision && chain === head.chain) return null;
  return `history ends at change ${revision}, the head row says ${head.revision}`;
}

interface EntryRow {
  readonly key: string;
  readonly value: string;
  readonly checksum: string;
}

function readEntries(database: SqliteDatabase, head: Head, report: DamageReport): VerifiedStore {
  const keys: string[] = [];
  const values: string[] = [];
  const checksums = new Map<string, Checksum>();
  let digest = 0n;
  let formerKey = "";
  const sql = "SELECT key, value, checksum FROM entries ORDER BY key";
  for (const { key, value, checksum } of database.prepare(sql).iterate() as Iterable<EntryRow>) {
    if (checksum !== entryChecksum(key, value)) {
      report("entries", `the checksum of entry ${JSON.stringify(key)} is wrong`);
      continue;
    }
    // SQLite's quick check does not look at the order of keys, by which entries are found again. It orders bytes; comparing
    // texts first is cheap and agrees for all but the rarest of them.
    if (!(formerKey < key) && Buffer.compare(Buffer.from(formerKey), Buffer.from(key)) >= 0) {
      report("entries", `entry ${JSON.stringify(key)} is out of order`);
    }
    formerKey = key;
    keys.push(key);
    values.push(value);
    checksums.set(key, checksum);
    digest = toggled(digest, checksum);
  }
  if (keys.length !== head.entryCount || digestText(digest) !== head.entryDigest) {
    report(
      "entries",
      `there are ${keys.length} sound entries, but the head row vouches for ${head.entryCount} others`,
    );
  }
  return { head, keys, values, checksums };
}
