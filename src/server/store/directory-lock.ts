// One broker per data directory: a lock that the operating system drops when the process dies, however it dies.
// It is the lock of an empty SQLite database beside the real one, because Node has no call for file locks; so the real
// database may be closed, looked at and opened again while the directory stays ours.

import { createPrivateFile, notedProcessId } from "./data-directory.js";
import type { DataDirectory } from "./data-directory.js";
import type { SqliteApi, SqliteDatabase } from "./sqlite-api.js";
import { isLockedElsewhere, storeErrorFrom } from "./sqlite-failure.js";
import { inUse } from "./store-error.js";

/** Two brokers that start at the same moment can each block the other for an instant; one of them wins within this time. */
const lockWaitMs = 250;

export class DirectoryLock {
  readonly #database: SqliteDatabase;

  private constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** Throws DATA_DIRECTORY_IN_USE, naming the other broker's pid where it left one. */
  static take(api: SqliteApi, directory: DataDirectory): DirectoryLock {
    let database: SqliteDatabase | null = null;
    try {
      createPrivateFile(directory.lockPath);
      database = api.open(directory.lockPath);
      database.exec(`PRAGMA busy_timeout = ${lockWaitMs}`);
      // SQLite would put an empty journal beside it.
      database.exec("PRAGMA journal_mode = MEMORY");
      // Nothing is ever written, so the transaction stays open as long as the lock is held.
      database.exec("BEGIN EXCLUSIVE");
      return new DirectoryLock(database);
    } catch (error) {
      database?.close();
      if (isLockedElsewhere(error)) throw inUse(directory.path, notedProcessId(directory));
      throw storeErrorFrom(error, directory.path, "locking its directory");
    }
  }

  release(): void {
    this.#database.close();
  }
}
