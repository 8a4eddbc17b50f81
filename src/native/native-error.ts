// The one error class of the native layer: a closed set of codes that callers decide on, and the OS call and number for people.

export type NativeErrorCode =
  /** A port is bound by somebody else; `port` and `holders` say which and who. */
  | "PORT_TAKEN"
  /** No free run of the asked length exists. */
  | "NO_FREE_RANGE"
  /** A port number, a count or an address is malformed or out of range. */
  | "RANGE_INVALID"
  /** The process may not open enough descriptors; the message says what to raise. */
  | "DESCRIPTOR_LIMIT"
  /** The OS refused for lack of rights. */
  | "ACCESS_DENIED"
  /** This platform or build cannot do it; nothing was tried. */
  | "UNSUPPORTED"
  /** The lessee runs as another user than the broker (HELD). */
  | "WRONG_USER"
  /** The kernel does not know the reservation any more: its token is out of date or it was removed (Windows). */
  | "RESERVATION_GONE"
  /** What was to be looked up or removed is not there. */
  | "NOT_FOUND"
  /** The network stack is down or not started; try again later. */
  | "NETWORK_DOWN"
  /** The system is out of memory, buffers or handles; free some and try again. */
  | "RESOURCES"
  /** Any other failure; `api`, `errorNumber` and `errorName` say which. */
  | "OS_ERROR";

export interface NativeErrorFields {
  /** The OS call that failed, such as "bind"; `null` when none was made. */
  readonly api: string | null;
  /** errno, WSA or Win32 code; `null` when there was none. */
  readonly errorNumber: number | null;
  /** Its symbolic name, such as "EADDRINUSE". */
  readonly errorName: string | null;
  /** The port concerned. */
  readonly port: number | null;
  /** Who holds the port, as far as this user may see. */
  readonly holders: readonly { readonly processId: number; readonly processName: string }[];
}

const noFields: NativeErrorFields = {
  api: null,
  errorNumber: null,
  errorName: null,
  port: null,
  holders: [],
};

/** `message` says what happened, why, and what to do. Decide on `code`, never on the text. */
export class NativeError extends Error {
  readonly code: NativeErrorCode;
  readonly fields: NativeErrorFields;

  constructor(
    code: NativeErrorCode,
    message: string,
    fields: Partial<NativeErrorFields> = {},
    options: ErrorOptions = {},
  ) {
    super(message, options);
    this.name = "NativeError";
    this.code = code;
    this.fields = { ...noFields, ...fields };
  }
}
