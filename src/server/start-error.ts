// Why a broker could not start, as a closed set of codes; the CLI turns it into one line and an exit code.

export type StartErrorCode =
  /** The gRPC address cannot be had. */
  | "CANNOT_LISTEN"
  /** A block cannot be reserved. */
  | "CANNOT_RESERVE"
  /** A token file, a certificate or a key cannot be used, or listening would be open to others. */
  | "CANNOT_SECURE"
  /** Tracing is on, and what it needs is not installed. */
  | "CANNOT_TRACE"
  /** The data directory is in use, not writable, or damaged. */
  | "CANNOT_OPEN_STORE";

/** `message` says what happened, why, and what to do. */
export class StartError extends Error {
  readonly code: StartErrorCode;

  constructor(code: StartErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "StartError";
    this.code = code;
  }
}
