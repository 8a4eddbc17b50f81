// The tables of the store, format 1, and the settings every connection needs. A later format may change the tables, but
// keeps `PRAGMA user_version` and `head.format`, by which an older portlease recognises that it is too old.

import { pageBytes } from "./database-header.js";
import type { SqliteDatabase } from "./sqlite-api.js";

export const formatVersion = 1;
/** "plse"; tells file(1) and us that a database is a portlease store. */
export const applicationId = 0x70_6c_73_65;

/** A page cache above this gives nothing for a store of 60,000 leases. */
const cacheKibibytes = 16_384;
/** The log is cut back to this after a checkpoint; it only gets longer while the disk is full. */
const walBytesMax = 64 * 1_024 * 1_024;
/** Only the backstop: `checkpointIfDue` runs earlier, when no caller waits. */
const walPagesMax = 8_000;
/** Somebody may have the file open in the sqlite3 shell for a moment. */
const busyWaitMs = 250;

/** Exactly as SQLite keeps it in sqlite_schema, so that a damaged schema is recognised. */
const tables: readonly (readonly [name: string, sql: string])[] = [
  [
    "changes",
    "CREATE TABLE changes (revision INTEGER PRIMARY KEY, wall_ms REAL NOT NULL, body TEXT NOT NULL, " +
      "chain TEXT NOT NULL) STRICT",
  ],
  [
    "entries",
    "CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum TEXT NOT NULL) STRICT, WITHOUT ROWID",
  ],
  [
    "head",
    "CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL, revision INTEGER NOT NULL, " +
      "chain TEXT NOT NULL, base_revision INTEGER NOT NULL, base_chain TEXT NOT NULL, entry_count INTEGER NOT NULL, " +
      "entry_digest TEXT NOT NULL, broker_secret TEXT NOT NULL, checksum TEXT NOT NULL) STRICT",
  ],
];

/**
 * `synchronous` must be set: @photostructure/sqlite is built with NORMAL for write-ahead logs, which loses commits on power
 * loss. `cache_spill` off: a log that is only ever appended to is what wal-check.ts judges. `fullfsync` matters on macOS only.
 */
export function configure(database: SqliteDatabase): void {
  database.exec(
    `PRAGMA busy_timeout = ${busyWaitMs}; PRAGMA locking_mode = EXCLUSIVE; PRAGMA mmap_size = 0;
     PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;
     PRAGMA cache_size = -${cacheKibibytes}; PRAGMA cache_spill = OFF;
     PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;`,
  );
}

/** After `configure`, on a database that may be written. Throws when SQLite does not do as told. */
export function switchToWriteAheadLog(database: SqliteDatabase): void {
  database.exec(
    `PRAGMA page_size = ${pageBytes}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
     PRAGMA wal_autocheckpoint = ${walPagesMax}; PRAGMA journal_size_limit = ${walBytesMax};`,
  );
  const expected = { journal_mode: "wal", synchronous: 2, locking_mode: "exclusive" };
  for (const [name, value] of Object.entries(expected)) {
    const actual = pragma(database, name);
    if (actual !== value) throw new Error(`SQLite has ${name} = ${String(actual)}, not ${value}`);
  }
}

export function createTables(database: SqliteDatabase): void {
  database.exec(
    `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${formatVersion};`,
  );
  for (const [, sql] of tables) database.exec(sql);
}

/** True for a database in which nothing was ever made: one page at most, no tables. */
export function isBlank(database: SqliteDatabase): boolean {
  const row = database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get();
  return (row as { tables: number }).tables === 0 && Number(pragma(database, "page_count")) <= 1;
}

/** The format if a newer portlease wrote this store, else `null`. Two places must agree, so that damage is not taken for it. */
export function newerFormat(database: SqliteDatabase): number | null {
  const version = pragma(database, "user_version");
  if (typeof version !== "number" || version <= formatVersion) return null;
  const head = database.prepare("SELECT format FROM head WHERE id = 1").get();
  return (head as { format?: unknown } | undefined)?.format === version ? version : null;
}

/** `null` when the schema is exactly that of this format. */
export function schemaDamage(database: SqliteDatabase): string | null {
  if (pragma(database, "application_id") !== applicationId) return "the application id is wrong";
  if (pragma(database, "user_version") !== formatVersion) return "the format version is wrong";
  if (pragma(database, "encoding") !== "UTF-8") return "the text encoding is wrong";
  const rows = database.prepare(
    "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name",
  );
  const expected = tables.map(([name, sql]) => ["table", name, name, sql]);
  const actual = rows.all().map((row) => Object.values(row as object));
  return JSON.stringify(actual) === JSON.stringify(expected) ? null : "the schema is wrong";
}

function pragma(database: SqliteDatabase, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return Object.values((row as object | undefined) ?? {})[0];
}
