// The durable LeaseStore: SQLite in a data directory, owned by a thread of its own. This side encodes and decodes records.
// Leaves group commit to its caller: every `commit` is one transaction with one disk sync.

import type { Clock, LeaseStore } from "../domain/boundaries.js";
import type {
  ChangeSearch,
  FoundChanges,
  LeaseHistory,
  RetainedChanges,
} from "../domain/lease-history.js";
import { isWanted } from "../domain/lease-history.js";
import type { SealedChange, StoredState } from "../domain/records.js";
import type { ChangeRetention, EncodedBatch } from "./commit-writer.js";
import {
  dataDirectoryAt,
  noteProcessId,
  prepareDataDirectory,
  removeProcessIdNote,
} from "./data-directory.js";
import type { DataDirectory, PrivateFolders } from "./data-directory.js";
import { DirectoryLock } from "./directory-lock.js";
import { probeDisk } from "./disk-probe.js";
import { restoreKeptLog } from "./kept-log.js";
import { encodeChange } from "./record.js";
import { decodeChange, decodeEntries } from "./record-decode.js";
import { loadSqliteApi } from "./sqlite-api.js";
import { storeErrorFrom } from "./sqlite-failure.js";
import type { ChangeRows, PastKnowledge } from "./store-database.js";
import { failed } from "./store-error.js";
import { WorkerChannel } from "./worker-channel.js";

/** About 50 MB, and some hours to months of history, depending on how busy the host is. */
export const changesRetainedDefault = 100_000;

/** Longer than what comes between two groups of a mass expiry, so that the second does not wait for what is done in quiet. */
const quietMsDefault = 100;

export interface SqliteStoreOptions {
  /** Made with mode 0700 when it is missing. */
  readonly directory: string;
  /** Keeps the directory private where mode bits do not (Windows); `null` elsewhere, which is the default. */
  readonly privateFolders?: PrivateFolders | null;
  /** For the first revision of a new directory. */
  readonly wallClock: Pick<Clock, "wallMs">;
  /** How many changes history keeps at most; 100,000 unless told, at least 1. */
  readonly changesRetainedMax?: number;
  /** How old they may get, by the wall clock; no limit unless told. */
  readonly changesAgeMaxMs?: number;
  /** After so long without a request the log is copied into the database file, when it is worth it; 100 unless told. */
  readonly quietMs?: number;
}

export interface LoadedState extends StoredState {
  /** Unless "known", leases may exist that the store does not know: every port must rest (semantics.md 4). */
  readonly past: PastKnowledge;
  /** By the wall clock; `null` unless the past is "unknown". */
  readonly unknownSinceWallMs: number | null;
  /** Sentences for the log; nothing acknowledged is missing because of them. */
  readonly warnings: readonly string[];
}

/** Takes the directory, verifies and reads it. Rejects with StoreError; the directory is then free again. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const store = new SqliteStore(options);
  try {
    await store.prefetch();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

export class SqliteStore implements LeaseStore, LeaseHistory {
  readonly #directory: DataDirectory;
  readonly #wallClock: Pick<Clock, "wallMs">;
  #retention: ChangeRetention;
  readonly #privateFolders: PrivateFolders | null;
  readonly #quietMs: number;
  #lock: DirectoryLock | null = null;
  #channel: WorkerChannel | null = null;
  #prefetched: LoadedState | null = null;
  #warnings: readonly string[] = [];

  /** Use `openSqliteStore`. */
  constructor(options: SqliteStoreOptions) {
    this.#directory = dataDirectoryAt(options.directory);
    this.#wallClock = options.wallClock;
    this.#privateFolders = options.privateFolders ?? null;
    this.#retention = retentionOf(options);
    this.#quietMs = options.quietMs ?? quietMsDefault;
  }

  /** Those of the last load. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** What `openSqliteStore` read already is handed out by the first `load`. */
  async prefetch(): Promise<void> {
    this.#prefetched = await this.load();
  }

  /**
   * Reads from the files, whatever was open or remembered before. The lock on the directory is kept meanwhile, so no other
   * broker comes in between.
   */
  async load(): Promise<LoadedState> {
    const prefetched = this.#prefetched;
    this.#prefetched = null;
    if (prefetched !== null) return prefetched;
    try {
      const warnings = prepareDataDirectory(this.#directory, this.#privateFolders);
      await this.#takeLock();
      await this.#endThread();
      return await this.#read(this.#startThread(), warnings);
    } catch (error) {
      await this.#endThread();
      throw storeErrorFrom(error, this.#directory.path, "being read");
    }
  }

  /** An empty batch is a no-op. */
  async commit(batch: readonly SealedChange[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    // What was read before is old from now on.
    this.#prefetched = null;
    const encoded = this.#encode(batch, first.revision);
    await this.#thread("writing").ask({ kind: "commit", batch: encoded });
  }

  /** How much of the past is kept from the next commit on. Rejects with StoreError. */
  async retain(
    limits: Pick<SqliteStoreOptions, "changesRetainedMax" | "changesAgeMaxMs">,
  ): Promise<void> {
    this.#retention = retentionOf(limits);
    // A thread that is yet to come is given it at its start.
    await this.#channel?.ask({ kind: "retain", retention: this.#retention });
  }

  /** Says nothing of the database itself: after it, `load` does. */
  async probe(): Promise<void> {
    try {
      await probeDisk(this.#directory);
    } catch (error) {
      throw storeErrorFrom(error, this.#directory.path, "trying to write");
    }
  }

  /** Up to `countMax` retained changes after a revision, oldest first. Rejects with StoreError. */
  async readChanges(afterRevision: number, countMax: number): Promise<RetainedChanges> {
    const request = { kind: "read-changes", afterRevision, countMax } as const;
    const rows = await this.#thread("reading its history").ask(request);
    return { baseRevision: rows.baseRevision, changes: this.#decoded(rows) };
  }

  /** Rejects with StoreError. */
  async searchChanges(
    search: ChangeSearch,
    afterRevision: number,
    countMax: number,
  ): Promise<FoundChanges> {
    const request = { kind: "search-changes", search, afterRevision, countMax } as const;
    const rows = await this.#thread("reading its history").ask(request);
    const { searchedTo, complete, oldestWallMs } = rows;
    const changes = this.#decoded(rows).filter((change) => isWanted(change, search));
    return { changes, searchedTo, complete, oldestWallMs };
  }

  /** Gives the directory up. Idempotent. */
  async close(): Promise<void> {
    const lock = this.#lock;
    try {
      await this.#endThread();
    } finally {
      if (lock !== null) {
        this.#lock = null;
        removeProcessIdNote(this.#directory);
        lock.release();
      }
    }
  }

  async #takeLock(): Promise<void> {
    if (this.#lock !== null) return;
    this.#lock = DirectoryLock.take(await loadSqliteApi(), this.#directory);
    noteProcessId(this.#directory);
  }

  /** A thread of its own for each load: its end is what closes a database for sure, see StoreDatabase.close. */
  #startThread(): WorkerChannel {
    this.#channel = new WorkerChannel({
      dataDirectory: this.#directory.path,
      retention: this.#retention,
      quietMs: this.#quietMs,
    });
    return this.#channel;
  }

  async #endThread(): Promise<void> {
    const channel = this.#channel;
    this.#channel = null;
    await channel?.end();
    // Without the lock the files may be somebody else's.
    if (this.#lock !== null) restoreKeptLog(this.#directory);
  }

  async #read(channel: WorkerChannel, warnings: readonly string[]): Promise<LoadedState> {
    const rows = await channel.ask({ kind: "load", nowWallMs: this.#wallClock.wallMs() });
    this.#warnings = [...warnings, ...rows.warnings];
    return {
      revision: rows.revision,
      brokerSecret: Buffer.from(rows.brokerSecret, "hex"),
      ...decodeEntries(rows.keys, rows.values, this.#directory.path),
      past: rows.past,
      unknownSinceWallMs: rows.unknownSinceWallMs,
      warnings: this.#warnings,
    };
  }

  #thread(doing: string): WorkerChannel {
    if (this.#channel !== null) return this.#channel;
    throw failed(this.#directory.path, doing, "it must be loaded first");
  }

  #decoded(rows: Pick<ChangeRows, "revisions" | "wallMs" | "bodies">): SealedChange[] {
    return rows.revisions.map((revision, index) =>
      decodeChange(
        revision,
        rows.wallMs[index] ?? 0,
        rows.bodies[index] ?? "",
        this.#directory.path,
      ),
    );
  }

  #encode(batch: readonly SealedChange[], firstRevision: number): EncodedBatch {
    const wallMs: number[] = [];
    const bodies: string[] = [];
    const keys: string[] = [];
    const values: (string | null)[] = [];
    for (const [index, sealed] of batch.entries()) {
      try {
        assertSealed(sealed, firstRevision + index);
        const { body, writes } = encodeChange(sealed.change);
        wallMs.push(sealed.wallMs);
        bodies.push(body);
        for (const { key, value } of writes) {
          keys.push(key);
          values.push(value);
        }
      } catch (error) {
        throw failed(this.#directory.path, `encoding change ${sealed.revision}`, error);
      }
    }
    return { firstRevision, wallMs, bodies, keys, values };
  }
}

function retentionOf({
  changesRetainedMax,
  changesAgeMaxMs,
}: Pick<SqliteStoreOptions, "changesRetainedMax" | "changesAgeMaxMs">): ChangeRetention {
  return {
    countMax: Math.max(1, changesRetainedMax ?? changesRetainedDefault),
    ageMaxMs: changesAgeMaxMs ?? Infinity,
  };
}

function assertSealed(sealed: SealedChange, revision: number): void {
  if (sealed.revision !== revision) throw new Error(`its revision should be ${revision}`);
  if (!Number.isFinite(sealed.wallMs)) throw new Error("its wall clock is not a number");
}
