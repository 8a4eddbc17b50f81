// Turns a failure of SQLite or the file system into a StoreError. Decides on result codes and errno names, never on text.

import { corrupt, diskFull, failed, inUse, notWritable, StoreError } from "./store-error.js";

/** Primary result codes, https://www.sqlite.org/rescode.html */
const sqlite = {
  permission: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  notADatabase: 26,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
} as const;

const outsideTheFiles: ReadonlySet<number> = new Set([
  sqlite.permission,
  sqlite.busy,
  sqlite.locked,
  sqlite.noMemory,
  sqlite.readOnly,
  sqlite.ioError,
  sqlite.full,
  sqlite.cannotOpen,
  sqlite.protocol,
]);

/** The primary result code of an error of either SQLite module, `null` for other errors. */
export function sqliteResultCode(error: unknown): number | null {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" ? code & 0xff : null;
}

/** True when SQLite says that somebody else has the file locked. */
export function isLockedElsewhere(error: unknown): boolean {
  const code = sqliteResultCode(error);
  return code === sqlite.busy || code === sqlite.locked;
}

/** `doing` completes "the store failed while ...". A StoreError passes unchanged. */
export function storeErrorFrom(error: unknown, dataDirectory: string, doing: string): StoreError {
  if (error instanceof StoreError) return error;
  switch (sqliteResultCode(error)) {
    case sqlite.full:
      return diskFull(dataDirectory, error);
    case sqlite.busy:
    case sqlite.locked:
      return inUse(dataDirectory, null);
    case sqlite.permission:
    case sqlite.readOnly:
    case sqlite.cannotOpen:
      return notWritable(dataDirectory, error);
    case sqlite.corrupt:
    case sqlite.notADatabase:
      return corrupt(dataDirectory, `SQLite says "${textOf(error)}"`, error);
    case null:
      return storeErrorFromFileSystem(error, dataDirectory, doing);
    default:
      return failed(dataDirectory, doing, error);
  }
}

/**
 * For failures while the store is read and verified: what cannot be read as written is damage, whatever SQLite calls it
 * ("no such table", "integer out of range"). Returns what is wrong; rethrows when the cause lies outside the files.
 */
export function unreadable(error: unknown): string {
  if (error instanceof StoreError || isSystemError(error)) throw error;
  const code = sqliteResultCode(error);
  if (code !== null && outsideTheFiles.has(code)) throw error;
  return `reading it gives "${textOf(error)}"`;
}

function storeErrorFromFileSystem(
  error: unknown,
  dataDirectory: string,
  doing: string,
): StoreError {
  switch ((error as NodeJS.ErrnoException | null)?.code) {
    case "ENOSPC":
    case "EDQUOT":
      return diskFull(dataDirectory, error);
    case "EACCES":
    case "EPERM":
    case "EROFS":
    case "ENOTDIR":
    case "EEXIST":
    case "ENOENT":
      return notWritable(dataDirectory, error);
    default:
      return failed(dataDirectory, doing, error);
  }
}

/** An error of a call to the operating system. */
function isSystemError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException | null)?.syscall === "string";
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
