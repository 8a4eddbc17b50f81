// The open store within one thread, for one life: it verifies, loads and commits until something fails; after that only a new
// one, on the files, knows what is true. Everything here blocks; sqlite-worker.ts keeps it off the main thread. Entries are
// text; record.ts knows what they mean. Leaves the lock on the directory to sqlite-store.ts.

import { existsSync } from "node:fs";
import { type FoundRows, searchRows } from "./change-search.js";
import { CommitWriter, jumpTo } from "./commit-writer.js";
import type { ChangeRetention, EncodedBatch } from "./commit-writer.js";
import type { ChangeSearch } from "../domain/lease-history.js";
import { createPrivateFile } from "./data-directory.js";
import type { DataDirectory } from "./data-directory.js";
import { clockIsPlausible, firstRevision } from "./first-revision.js";
import type { Head } from "./head.js";
import { newHead, prepareHeadWrite, writeHead } from "./head.js";
import { keepLog } from "./kept-log.js";
import {
  configure,
  createTables,
  formatVersion,
  isBlank,
  newerFormat,
  switchToWriteAheadLog,
} from "./schema.js";
import type { SqliteApi, SqliteDatabase } from "./sqlite-api.js";
import { sqliteResultCode, storeErrorFrom, unreadable } from "./sqlite-failure.js";
import { corrupt, failed, tooNew } from "./store-error.js";
import { checkStoreFiles } from "./store-files.js";
import type { StoreFiles } from "./store-files.js";
import { syncDirectory, syncFile } from "./sync-directory.js";
import { verifyStore } from "./verify.js";
import type { Damage, VerifiedStore } from "./verify.js";
import { judgeWatermark } from "./watermark-verdict.js";
import { beginUnknownPast, unknownPastSince } from "./unknown-past.js";
import { Watermark } from "./watermark.js";

/**
 * What is known of the time before this load. "new": the directory was empty. "unknown": the store was put there without its
 * watermark, or repaired or imported, and its revision jumped; it stays so across restarts. In both cases leases may exist that the store does not know (semantics.md 4).
 */
export type PastKnowledge = "known" | "new" | "unknown";

export interface LoadedRows {
  readonly revision: number;
  /** 64 hexadecimal digits. */
  readonly brokerSecret: string;
  readonly keys: readonly string[];
  readonly values: readonly string[];
  readonly past: PastKnowledge;
  /** By the wall clock; `null` unless the past is "unknown". */
  readonly unknownSinceWallMs: number | null;
  readonly warnings: readonly string[];
}

export interface ChangeRows {
  /** Changes up to this revision are forgotten. */
  readonly baseRevision: number;
  readonly revisions: readonly number[];
  readonly wallMs: readonly number[];
  readonly bodies: readonly string[];
}

/**
 * The log is copied into the database file when about so many pages wait; 8 MB, a few milliseconds of work. Above what one of
 * the largest batches counts, so that a mass expiry does not wait for it after each of them.
 */
const checkpointFrames = 2_000;
/**
 * In quiet so many are enough: the next commits then go over the beginning of the log. One that makes the file longer takes half
 * as long again, and more CPU than it saves not to copy.
 */
const quietCheckpointFrames = 64;
/** SQLITE_FULL, https://www.sqlite.org/rescode.html#full */
const resultFull = 13;

export class StoreDatabase {
  readonly #api: SqliteApi;
  readonly #directory: DataDirectory;
  #retention: ChangeRetention;
  #database: SqliteDatabase | null = null;
  /** `null` from a failure until the next load. */
  #writer: CommitWriter | null = null;
  #watermark: Watermark | null = null;

  constructor(api: SqliteApi, directory: DataDirectory, retention: ChangeRetention) {
    this.#api = api;
    this.#directory = directory;
    this.#retention = retention;
  }

  /**
   * Opens and verifies the files and reads everything. Call it once, with the directory locked and no other connection open.
   * Throws StoreError; the log is then kept beside itself until `restoreKeptLog`.
   */
  load(nowWallMs: number): LoadedRows {
    return this.#guarded("being read", () => {
      const files = checkStoreFiles(this.#directory, this.#refuse);
      createPrivateFile(this.#directory.databasePath);
      this.#database = this.#api.open(this.#directory.databasePath);
      try {
        return this.#loadOpen(this.#database, files, nowWallMs);
      } catch (error) {
        keepLog(this.#directory);
        this.close();
        throw error;
      }
    });
  }

  /** Returns once the batch is on disk. After a StoreError only `load` tells what is there; until then commits are refused. */
  commit(batch: EncodedBatch): void {
    this.#guarded("writing", () => {
      const writer = this.#writer;
      if (writer === null || this.#watermark === null) {
        throw failed(this.#directory.path, "writing", "it must be loaded first");
      }
      this.#writer = null;
      try {
        writer.write(batch);
      } catch (error) {
        writer.rollBack();
        throw error;
      }
      this.#watermark.advance(writer.head);
      this.#writer = writer;
    });
  }

  /** Call it after each answer. Copies the log into the database file once it is long. */
  checkpointIfDue(): void {
    this.#checkpointFrom(checkpointFrames);
  }

  /** Call it when nobody has asked for anything for a while. A no-op while hardly anything has been written. */
  checkpointWhenQuiet(): void {
    this.#checkpointFrom(quietCheckpointFrames);
  }

  /** How much of the past is kept from the next commit on. */
  retain(retention: ChangeRetention): void {
    this.#retention = retention;
    this.#writer?.retain(retention);
  }

  /** Up to `countMax` changes after a revision, oldest first. Throws StoreError. */
  readChanges(afterRevision: number, countMax: number): ChangeRows {
    return this.#withHistory((database, { baseRevision }) => {
      const rows = database
        .prepare(
          "SELECT revision, wall_ms, body FROM changes WHERE revision > ? ORDER BY revision LIMIT ?",
        )
        .all(afterRevision, countMax) as { revision: number; wall_ms: number; body: string }[];
      return {
        baseRevision,
        revisions: rows.map((row) => row.revision),
        wallMs: rows.map((row) => row.wall_ms),
        bodies: rows.map((row) => row.body),
      };
    });
  }

  /** See change-search.ts. Throws StoreError. */
  searchChanges(search: ChangeSearch, afterRevision: number, countMax: number): FoundRows {
    return this.#withHistory((database, head) =>
      searchRows(database, head, search, afterRevision, countMax),
    );
  }

  /**
   * Closes the files. Idempotent. With @photostructure/sqlite they stay open until the thread ends, because it has no call that
   * finalizes a statement; so whoever opens them again waits for that.
   */
  close(): void {
    this.#guarded("closing", () => {
      this.#writer = null;
      this.#watermark?.close();
      this.#watermark = null;
      this.#database?.close();
      this.#database = null;
    });
  }

  #loadOpen(database: SqliteDatabase, files: StoreFiles, nowWallMs: number): LoadedRows {
    const warnings: string[] = [];
    configure(database);
    const created = files.watermark.state === "missing" && this.#isBlank(database);
    if (created) this.#create(database, nowWallMs, warnings);
    const verified = this.#verify(database);
    const verdict = judgeWatermark(files.watermark, database, verified.head, files.doubtfulEnd);
    if (verdict.damage !== null) this.#refuse("watermark", verdict.damage);
    if (verdict.warning !== null) warnings.push(verdict.warning);
    switchToWriteAheadLog(database);
    let { head } = verified;
    // Before anything else is written: a process that is killed in between must not forget it.
    if (verdict.pastUnknown) beginUnknownPast(this.#directory.unknownPastPath, nowWallMs);
    const unknownSinceWallMs = unknownPastSince(this.#directory.unknownPastPath, nowWallMs);
    if (verdict.pastUnknown) {
      head = jumpTo(database, head, Math.max(head.revision, firstRevision(nowWallMs)));
    }
    this.#settle(database, warnings);
    this.#watermark = Watermark.write(this.#directory.watermarkPath, head);
    this.#writer = new CommitWriter(database, { ...verified, head }, this.#retention);
    return {
      revision: head.revision,
      brokerSecret: head.brokerSecret,
      keys: verified.keys,
      values: verified.values,
      past: unknownSinceWallMs !== null ? "unknown" : created ? "new" : "known",
      unknownSinceWallMs,
      warnings,
    };
  }

  #create(database: SqliteDatabase, nowWallMs: number, warnings: string[]): void {
    if (!clockIsPlausible(nowWallMs)) {
      warnings.push(
        "the clock of this host is before 2025, so generations may repeat those of an earlier data directory; set the clock",
      );
    }
    switchToWriteAheadLog(database);
    database.exec("BEGIN IMMEDIATE");
    createTables(database);
    writeHead(prepareHeadWrite(database), newHead(firstRevision(nowWallMs)));
    database.exec("COMMIT");
    syncDirectory(this.#directory.path);
  }

  #verify(database: SqliteDatabase): VerifiedStore {
    const format = this.#newerFormat(database);
    if (format !== null) throw tooNew(this.#directory.path, format, formatVersion);
    const verified = verifyStore(database, this.#refuse);
    if (verified === null) throw corrupt(this.#directory.path, "its head cannot be read");
    return verified;
  }

  /** What cannot be read here is told by the verification, with what is wrong. */
  #newerFormat(database: SqliteDatabase): number | null {
    try {
      return newerFormat(database);
    } catch (error) {
      unreadable(error);
      return null;
    }
  }

  #isBlank(database: SqliteDatabase): boolean {
    try {
      return isBlank(database);
    } catch (error) {
      return this.#refuse("pages", unreadable(error));
    }
  }

  /**
   * Makes durable what was read: a transaction may have been complete in the log and not yet synced when the process died.
   * Copying it into the database file also repairs a log whose sync failed.
   */
  #settle(database: SqliteDatabase, warnings: string[]): void {
    try {
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      if (sqliteResultCode(error) !== resultFull) throw error;
      this.#syncLog();
      warnings.push(
        "the disk is full: leases can be renewed, but nothing can be recorded until there is space",
      );
    }
  }

  #syncLog(): void {
    if (!existsSync(this.#directory.walPath)) return;
    syncFile(this.#directory.walPath);
  }

  readonly #refuse = (_part: Damage["part"], message: string): never => {
    throw corrupt(this.#directory.path, message);
  };

  #checkpointFrom(frames: number): void {
    const writer = this.#writer;
    if (writer === null || writer.framesWritten < frames) return;
    writer.resetFramesWritten();
    try {
      this.#database?.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch {
      // Nothing is lost, the log only grows. What keeps the checkpoint from working will fail a commit too.
    }
  }

  #withHistory<T>(read: (database: SqliteDatabase, head: Head) => T): T {
    const doing = "reading its history";
    return this.#guarded(doing, () => {
      if (this.#database !== null && this.#writer !== null) {
        return read(this.#database, this.#writer.head);
      }
      throw failed(this.#directory.path, doing, "it must be loaded first");
    });
  }

  #guarded<T>(doing: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw storeErrorFrom(error, this.#directory.path, doing);
    }
  }
}
