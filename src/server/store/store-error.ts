// The one error class of the store: a closed set of codes that callers decide on, and the sentences that people read.

export type StoreErrorCode =
  /** Another broker has the data directory. */
  | "DATA_DIRECTORY_IN_USE"
  /** The data directory cannot be made or written with the rights of this process. */
  | "DATA_DIRECTORY_NOT_WRITABLE"
  /** Other users may look into the data directory (Windows). */
  | "DATA_DIRECTORY_NOT_PRIVATE"
  /** No space left; nothing acknowledged is lost, and writing works again once there is space. */
  | "DISK_FULL"
  /** What is on disk is not what was acknowledged; nothing is served from it. */
  | "STORE_CORRUPT"
  /** Written by a newer portlease. */
  | "STORE_TOO_NEW"
  /** There is no store in the directory. */
  | "NO_STORE"
  /** An import would replace a store. */
  | "DIRECTORY_NOT_EMPTY"
  /** An export is not as it was written, or cannot be true. */
  | "EXPORT_INVALID"
  /** Anything else; `cause` has the failure of SQLite, the file system or the worker. */
  | "STORE_FAILED";

/** `message` says what happened, why, and what to do. Decide on `code`, never on the text. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}

/** `otherProcessId`: from the note in the directory, `null` when there is none. */
export function inUse(dataDirectory: string, otherProcessId: number | null): StoreError {
  const who =
    otherProcessId === null
      ? "another broker, or a program that has its files open"
      : `another broker (pid ${otherProcessId})`;
  return new StoreError(
    "DATA_DIRECTORY_IN_USE",
    `the data directory ${dataDirectory} is in use by ${who}; one directory serves one broker: ` +
      `stop the other one, or give this one its own --data-dir`,
  );
}

export function notWritable(dataDirectory: string, cause: unknown): StoreError {
  return new StoreError(
    "DATA_DIRECTORY_NOT_WRITABLE",
    `the data directory ${dataDirectory} cannot be written (${reasonOf(cause)}); ` +
      `${howToWrite(cause)}, or choose another --data-dir`,
    { cause },
  );
}

/**
 * `wider`: who else may get at it, as phrases. The command: https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/icacls
 * (S-1-5-18 is SYSTEM and S-1-5-32-544 the administrators, whatever their names are in the language of the host).
 */
export function notPrivate(dataDirectory: string, wider: readonly string[]): StoreError {
  return new StoreError(
    "DATA_DIRECTORY_NOT_PRIVATE",
    `the data directory ${dataDirectory} holds the secret of this broker, and others may get at it: ${wider.join("; ")}; ` +
      `as administrator run: icacls "${dataDirectory}" /setowner *S-1-5-32-544 /T && ` +
      `icacls "${dataDirectory}" /reset /T && icacls "${dataDirectory}" /inheritance:r ` +
      `/grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F "%USERDOMAIN%\\%USERNAME%:(OI)(CI)F" - ` +
      "or choose a --data-dir that does not exist yet, which is then made private",
  );
}

export function diskFull(dataDirectory: string, cause: unknown): StoreError {
  return new StoreError(
    "DISK_FULL",
    `the disk of the data directory ${dataDirectory} is full (${reasonOf(cause)}); what was acknowledged is safe, ` +
      `but nothing new can be recorded: free some space there, the broker goes on by itself`,
    { cause },
  );
}

/** `what` completes "the store is damaged: ...". */
export function corrupt(dataDirectory: string, what: string, cause?: unknown): StoreError {
  return new StoreError(
    "STORE_CORRUPT",
    `the store in ${dataDirectory} is damaged: ${what}; it is not served, so that no port is leased twice: ` +
      `run "portlease store check --data-dir ${dataDirectory}" for what is damaged and what can be done`,
    cause === undefined ? {} : { cause },
  );
}

export function tooNew(dataDirectory: string, format: number, formatKnown: number): StoreError {
  return new StoreError(
    "STORE_TOO_NEW",
    `the store in ${dataDirectory} has format ${format}, this portlease knows formats up to ${formatKnown}; ` +
      `a newer portlease wrote it: start that version, or choose another --data-dir`,
  );
}

/** A record that a newer portlease wrote into tables of a known format. */
export function recordTooNew(
  dataDirectory: string,
  version: number,
  versionKnown: number,
): StoreError {
  return new StoreError(
    "STORE_TOO_NEW",
    `the store in ${dataDirectory} has records of version ${version}, this portlease knows versions up to ${versionKnown}; ` +
      `a newer portlease wrote them: start that version, or choose another --data-dir`,
  );
}

export function noStore(dataDirectory: string): StoreError {
  return new StoreError(
    "NO_STORE",
    `there is no store in ${dataDirectory}; name the directory that the broker was started with, as --data-dir`,
  );
}

export function notEmpty(dataDirectory: string): StoreError {
  return new StoreError(
    "DIRECTORY_NOT_EMPTY",
    `there is a store in ${dataDirectory} already; choose another --data-dir, or replace it with --force, which keeps it in a ` +
      `folder of its own there`,
  );
}

/** `what` completes "... cannot be imported: ". */
export function exportInvalid(source: string, what: string): StoreError {
  return new StoreError(
    "EXPORT_INVALID",
    `${source} cannot be imported: ${what}; nothing was changed: export the store again`,
  );
}

export function exportTooNew(source: string, version: number, versionKnown: number): StoreError {
  return new StoreError(
    "STORE_TOO_NEW",
    `${source} has version ${version}, this portlease knows versions up to ${versionKnown}; a newer portlease wrote it: ` +
      `import it with that version`,
  );
}

/** `doing` completes "the store failed while ...". */
export function failed(dataDirectory: string, doing: string, cause: unknown): StoreError {
  return new StoreError(
    "STORE_FAILED",
    `the store in ${dataDirectory} failed while ${doing} (${reasonOf(cause)}); ` +
      `look at the disk and the system log of this host, then start the broker again if it does not go on by itself`,
    { cause },
  );
}

/** By the numbers of mkdir(2): https://man7.org/linux/man-pages/man2/mkdir.2.html */
function howToWrite(cause: unknown): string {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  if (code === "EEXIST" || code === "ENOTDIR")
    return "a file is where a directory must be: move it";
  return "give this user the right to write there";
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
