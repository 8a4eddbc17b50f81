// The one error class of this package: what the broker answered, and what the client found out by itself.
// Decoding an answer is the business of status-details.ts.

/** Names of the gRPC status codes, by number. https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const statusNames = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/** The class of an error: the name of its gRPC status. */
export type PortleaseErrorCode = Exclude<(typeof statusNames)[number], "OK">;

/** Reasons that this package gives by itself. The broker's own reasons stand in the API (`lease_service.proto`). */
export type ClientReason =
  /** UNAVAILABLE: nobody answers at the address, or the connection broke. */
  | "BROKER_UNREACHABLE"
  /** DEADLINE_EXCEEDED: the broker took longer than this call may take. */
  | "BROKER_TIMEOUT"
  /** INTERNAL: the broker answered something that the API does not allow. */
  | "BROKER_ANSWER_INVALID"
  /** CANCELLED: the caller's AbortSignal fired. */
  | "CALL_ABORTED"
  /** FAILED_PRECONDITION: the client was closed. */
  | "CLIENT_CLOSED"
  /** FAILED_PRECONDITION: the lease is lost or released; its port may be somebody else's. */
  | "LEASE_LOST"
  /** FAILED_PRECONDITION: the process was paused past the lease's deadline, and the broker has not said yet whether it holds. */
  | "LEASE_IN_DOUBT"
  /** INVALID_ARGUMENT: the port asked for is not of this lease. */
  | "PORT_NOT_IN_LEASE"
  /** FAILED_PRECONDITION: the operating system refused the bind; `cause` has its error. */
  | "BIND_FAILED"
  /** INVALID_ARGUMENT: an option is out of its range. */
  | "OPTION_INVALID";

/** What an error tells besides its code and message. */
export interface PortleaseErrorFields {
  /** A stable word for programs, in upper snake case; "" when the other side gave none. */
  readonly reason: string;
  /** Every value that the message names. */
  readonly metadata: Readonly<Record<string, string>>;
  /** How long to wait at least before a repeat, in milliseconds; `null` when nothing is known. */
  readonly retryDelayMs: number | null;
}

/** A failed call or a refused action. Decide on `code` and `reason`, never on the text. */
export class PortleaseError extends Error {
  readonly code: PortleaseErrorCode;
  /** A {@link ClientReason}, or a reason of the broker such as "POOL_FULL"; "" when none is known. */
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryDelayMs: number | null;

  /** `message` says what happened, why, and what to do. Programs that show only the message get the reason in front of it. */
  constructor(
    code: PortleaseErrorCode,
    message: string,
    fields: Partial<PortleaseErrorFields> = {},
    cause?: unknown,
  ) {
    const reason = fields.reason ?? "";
    super(`${reason === "" ? code : reason}: ${message}`, cause === undefined ? {} : { cause });
    this.name = "PortleaseError";
    this.code = code;
    this.reason = reason;
    this.metadata = fields.metadata ?? {};
    this.retryDelayMs = fields.retryDelayMs ?? null;
  }
}

/** An error that this package found by itself. */
export function clientError(
  code: PortleaseErrorCode,
  reason: ClientReason,
  message: string,
  metadata: Readonly<Record<string, string>> = {},
  cause?: unknown,
): PortleaseError {
  return new PortleaseError(code, message, { reason, metadata }, cause);
}
