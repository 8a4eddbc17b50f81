// The files of a data directory, and the checks that need no database: it can be made, it can be written, it is private.

import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { storeErrorFrom } from "./sqlite-failure.js";
import { notPrivate } from "./store-error.js";
import { makeDirectoryDurably } from "./sync-directory.js";

export interface DataDirectory {
  readonly path: string;
  readonly databasePath: string;
  /** SQLite derives this name from the database's: https://www.sqlite.org/fileformat2.html#walformat */
  readonly walPath: string;
  /** See kept-log.ts. */
  readonly keptLogPath: string;
  readonly watermarkPath: string;
  /** See unknown-past.ts. */
  readonly unknownPastPath: string;
  readonly lockPath: string;
  readonly processIdPath: string;
  readonly probePath: string;
  /** The token of whoever administers this broker. */
  readonly adminTokenPath: string;
}

/** Who may look into folders, where mode bits do not say so; the native layer's interface of the same name. */
export interface PrivateFolders {
  makePrivate(path: string): void;
  /** Phrases for people; `null` when that cannot be told. */
  widerRights(path: string): readonly string[] | null;
}

/** Clients look for it under this name. */
const adminTokenFileName = "admin.token";

const privateFileMode = 0o600;

export function dataDirectoryAt(path: string): DataDirectory {
  const directory = resolve(path);
  return {
    path: directory,
    databasePath: join(directory, "portlease.db"),
    walPath: join(directory, "portlease.db-wal"),
    keptLogPath: join(directory, "portlease.db-wal.kept"),
    watermarkPath: join(directory, "watermark"),
    unknownPastPath: join(directory, "unknown-past"),
    lockPath: join(directory, "broker.lock"),
    processIdPath: join(directory, "broker.pid"),
    probePath: join(directory, "probe"),
    adminTokenPath: join(directory, adminTokenFileName),
  };
}

/**
 * Makes the directory (private: mode 0700, or through `folders`) if it is missing and proves that this process may write in it.
 * Throws DATA_DIRECTORY_NOT_WRITABLE, DATA_DIRECTORY_NOT_PRIVATE or DISK_FULL. Returns warnings about rights that are too wide.
 */
export function prepareDataDirectory(
  directory: DataDirectory,
  folders: PrivateFolders | null = null,
): string[] {
  try {
    if (folders !== null && !existsSync(directory.path)) folders.makePrivate(directory.path);
    makeDirectoryDurably(directory.path);
    // SQLite would open a file it may not write for reading only, and a lock on that excludes nobody. access(2) also tells
    // of read-only file systems, for root too.
    accessSync(directory.path, constants.W_OK | constants.X_OK);
    for (const path of [directory.databasePath, directory.lockPath, directory.watermarkPath]) {
      if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
    }
  } catch (error) {
    throw storeErrorFrom(error, directory.path, "making its directory");
  }
  return folders === null ? modeWarnings(directory) : folderWarnings(directory, folders);
}

/**
 * Creates an empty private file unless the file is there. An existing file is not opened: closing it again would drop the
 * POSIX locks that this process holds on it (https://www.sqlite.org/howtocorrupt.html section 2.2).
 */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", privateFileMode));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Leaves the id of this process for the message that a second broker gives. Best effort: the lock is what counts. */
export function noteProcessId(directory: DataDirectory): void {
  try {
    writeFileSync(directory.processIdPath, `${process.pid}\n`, { mode: privateFileMode });
  } catch {
    // A full disk must not stop a broker that only has leases to renew.
  }
}

/** The id a running broker left; `null` when there is none that can be read. */
export function notedProcessId(directory: DataDirectory): number | null {
  try {
    const processId = Number(readFileSync(directory.processIdPath, "utf8"));
    return Number.isSafeInteger(processId) && processId > 0 ? processId : null;
  } catch {
    return null;
  }
}

export function removeProcessIdNote(directory: DataDirectory): void {
  rmSync(directory.processIdPath, { force: true });
}

/** In the folder lies the secret that holder keys are made of (semantics.md 13). */
function folderWarnings({ path }: DataDirectory, folders: PrivateFolders): string[] {
  const wider = folders.widerRights(path);
  if (wider === null) {
    return [
      `it cannot be told who may read the data directory ${path}; look at its rights with icacls "${path}"`,
    ];
  }
  if (wider.length > 0) throw notPrivate(path, wider);
  return [];
}

function modeWarnings(directory: DataDirectory): string[] {
  // Mode bits mean nothing on Windows.
  if (process.platform === "win32") return [];
  const warnings: string[] = [];
  if ((statSync(directory.path).mode & 0o022) !== 0) {
    warnings.push(
      `other users may write in the data directory ${directory.path}; run "chmod 700 ${directory.path}"`,
    );
  }
  const readable = [directory.databasePath, directory.walPath].filter(
    (path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0,
  );
  if (readable.length > 0) {
    warnings.push(
      `other users may read the secret of this broker; run "chmod 600 ${readable.join(" ")}"`,
    );
  }
  return warnings;
}
