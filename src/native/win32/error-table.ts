// Every error number of Windows that portlease can meet: its name, what it means, what to do, and the code that callers decide on.
// One table, and the few meanings that differ by call. Makes no calls; win32-failure.ts makes errors of it.
//
// Names and general meanings:
// https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
// https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499- and --1000-1299-
// Meanings by call: the page of the call; those of the reservation calls are
// https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-createpersistenttcpportreservation (delete..., lookup...)
// https://learn.microsoft.com/windows/win32/winsock/sio-acquire-port-reservation (release, associate)

import type { NativeErrorCode } from "../native-error.js";

export interface ErrorExplanation {
  readonly name: string;
  readonly code: NativeErrorCode;
  /** Goes after a colon: no capital, no full stop. */
  readonly meaning: string;
  /** A sentence. */
  readonly advice: string;
}

/** The numbers that the code itself decides on. */
export const errors = {
  ERROR_ACCESS_DENIED: 5,
  ERROR_OUTOFMEMORY: 14,
  ERROR_SHARING_VIOLATION: 32,
  ERROR_NOT_SUPPORTED: 50,
  ERROR_INVALID_PARAMETER: 87,
  ERROR_INSUFFICIENT_BUFFER: 122,
  ERROR_ALREADY_EXISTS: 183,
  ERROR_NOT_FOUND: 1168,
  WSAEACCES: 10_013,
  WSAEINVAL: 10_022,
  WSAEAFNOSUPPORT: 10_047,
  WSAEADDRINUSE: 10_048,
  WSAEADDRNOTAVAIL: 10_049,
} as const;

const elevate =
  "Run it as administrator or as a service under LocalSystem, or use kind runtime, which needs no rights.";
const freeMemory = "Close programs, or end what leaks sockets or memory, and try again.";
const tryAgain = "Try again.";
const report =
  "This is a fault of portlease or of the Windows build: report it with the output of portlease doctor.";

function explain(
  name: string,
  code: NativeErrorCode,
  meaning: string,
  advice: string,
): ErrorExplanation {
  return { name, code, meaning, advice };
}

/** What a number means where the call makes no difference. */
const general: Readonly<Record<number, ErrorExplanation>> = {
  2: explain("ERROR_FILE_NOT_FOUND", "NOT_FOUND", "it is not there", "Check the name."),
  3: explain("ERROR_PATH_NOT_FOUND", "NOT_FOUND", "the folder is not there", "Check the path."),
  5: explain("ERROR_ACCESS_DENIED", "ACCESS_DENIED", "this process lacks the rights", elevate),
  6: explain("ERROR_INVALID_HANDLE", "OS_ERROR", "the handle is not open", report),
  8: explain("ERROR_NOT_ENOUGH_MEMORY", "RESOURCES", "memory is short", freeMemory),
  14: explain("ERROR_OUTOFMEMORY", "RESOURCES", "memory is short", freeMemory),
  32: explain(
    "ERROR_SHARING_VIOLATION",
    "PORT_TAKEN",
    "a port of the run is in use, reserved or excluded",
    "Choose another range, or let portlease choose one; portlease explain PORT says who has it.",
  ),
  50: explain(
    "ERROR_NOT_SUPPORTED",
    "UNSUPPORTED",
    "this build of Windows does not do that",
    "Use another reservation kind; portlease doctor shows which ones work here.",
  ),
  87: explain("ERROR_INVALID_PARAMETER", "RANGE_INVALID", "an argument is out of range", report),
  122: explain("ERROR_INSUFFICIENT_BUFFER", "OS_ERROR", "the answer outgrew its buffer", tryAgain),
  183: explain("ERROR_ALREADY_EXISTS", "OS_ERROR", "it is there already", "Use another name."),
  995: explain("WSA_OPERATION_ABORTED", "OS_ERROR", "the socket was closed meanwhile", tryAgain),
  997: explain("WSA_IO_PENDING", "OS_ERROR", "the call did not end at once", report),
  1168: explain(
    "ERROR_NOT_FOUND",
    "NOT_FOUND",
    "no reservation was made with exactly this start and count",
    "Ask with the start and the count that it was made with.",
  ),
  1450: explain(
    "ERROR_NO_SYSTEM_RESOURCES",
    "RESOURCES",
    "the system is out of resources",
    freeMemory,
  ),
  10004: explain("WSAEINTR", "OS_ERROR", "the call was cancelled", tryAgain),
  10013: explain(
    "WSAEACCES",
    "PORT_TAKEN",
    "the port is reserved, or another socket uses it exclusively",
    "portlease explain PORT says who has it; bind with the token of the lease, or use another port.",
  ),
  10014: explain("WSAEFAULT", "OS_ERROR", "an argument points to no memory", report),
  10022: explain(
    "WSAEINVAL",
    "OS_ERROR",
    "an argument or the state of the socket is wrong",
    report,
  ),
  10024: explain(
    "WSAEMFILE",
    "DESCRIPTOR_LIMIT",
    "this process may not open more sockets",
    "Close what leaks sockets, and try again.",
  ),
  10036: explain("WSAEINPROGRESS", "OS_ERROR", "another call is still running", tryAgain),
  10038: explain("WSAENOTSOCK", "OS_ERROR", "the socket was closed meanwhile", report),
  10045: explain(
    "WSAEOPNOTSUPP",
    "UNSUPPORTED",
    "the socket or its network provider cannot do that",
    "Remove network filter products (LSPs), or use another way to bind; portlease doctor shows which ones work here.",
  ),
  10047: explain(
    "WSAEAFNOSUPPORT",
    "UNSUPPORTED",
    "this host lacks that address family",
    "Use the other address family.",
  ),
  10048: explain(
    "WSAEADDRINUSE",
    "PORT_TAKEN",
    "another socket is bound to the port",
    "Stop its process or use another port; portlease explain PORT says who has it.",
  ),
  10049: explain(
    "WSAEADDRNOTAVAIL",
    "OS_ERROR",
    "this host has no such address",
    "Use an address of a local interface, or 0.0.0.0 or :: for all of them.",
  ),
  10050: explain(
    "WSAENETDOWN",
    "NETWORK_DOWN",
    "the network stack is down",
    "Try again when the network is up.",
  ),
  10055: explain("WSAENOBUFS", "RESOURCES", "the system is out of buffers or of ports", freeMemory),
  10093: explain("WSANOTINITIALISED", "OS_ERROR", "Winsock was not started", report),
};

/** Where the call changes the meaning: by call, then by number. */
const byApi: Readonly<Record<string, Readonly<Record<number, ErrorExplanation>>>> = {
  SIO_ASSOCIATE_PORT_RESERVATION: {
    10013: explain(
      "WSAEACCES",
      "ACCESS_DENIED",
      "only an elevated process may use a persistent reservation, and only the process that acquired it a runtime one",
      "Run this program as administrator, or let the broker bind and hand the socket over (bind method handoff).",
    ),
    10022: explain(
      "WSAEINVAL",
      "RESERVATION_GONE",
      "the kernel does not know this token any more, or the socket is bound already",
      "Renew the lease to get the token of today; tokens change when the host restarts and when a port gets a new holder.",
    ),
  },
  SIO_ACQUIRE_PORT_RESERVATION: {
    // Not on the page but seen: https://github.com/microsoft/msquic/issues/5795 and /issues/2891
    10048: explain(
      "WSAEADDRINUSE",
      "PORT_TAKEN",
      "a port of the run is in use, reserved or excluded",
      "Choose another range, or let portlease choose one; portlease explain PORT says who has it.",
    ),
    10055: explain(
      "WSAENOBUFS",
      "NO_FREE_RANGE",
      "the kernel found no free run of this length",
      "Ask for fewer ports.",
    ),
  },
  SIO_RELEASE_PORT_RESERVATION: {
    10022: explain(
      "WSAEINVAL",
      "RESERVATION_GONE",
      "the kernel does not know this token any more",
      "Nothing is left to release.",
    ),
  },
  WSADuplicateSocketW: {
    10022: explain(
      "WSAEINVAL",
      "NOT_FOUND",
      "there is no process with this id, or it may not be given sockets",
      "Check the process id; a broker without rights cannot hand sockets to processes of other users.",
    ),
    // Seen with such products: https://httpd.apache.org/docs/2.4/faq/
    10045: explain(
      "WSAEOPNOTSUPP",
      "UNSUPPORTED",
      "a network provider on this host does not let sockets be handed over",
      "Remove the network filter product (LSP), or run the service elevated so that it binds by itself.",
    ),
  },
  WSASocketW: {
    10022: explain(
      "WSAEINVAL",
      "RESERVATION_GONE",
      "the handed-over socket is not for this process, or was opened before",
      "Ask the broker to hand the socket over again.",
    ),
  },
  OpenProcess: {
    5: explain(
      "ERROR_ACCESS_DENIED",
      "ACCESS_DENIED",
      "this user may not look at the process",
      "Run as administrator to see processes of other users.",
    ),
    87: explain(
      "ERROR_INVALID_PARAMETER",
      "NOT_FOUND",
      "there is no such process",
      "Check the process id.",
    ),
  },
};

/** For a number that is in no table the name is "error 12345". */
export function explainError(api: string, errorNumber: number): ErrorExplanation {
  return (
    byApi[api]?.[errorNumber] ??
    general[errorNumber] ?? {
      name: `error ${errorNumber}`,
      code: "OS_ERROR",
      meaning: "Windows gives no reason that portlease knows",
      advice: `Look the number up: net helpmsg ${errorNumber}.`,
    }
  );
}

/** The numbers with an entry of their own, in rising order: for tests and for the documentation. */
export function explainedErrors(): readonly {
  readonly api: string | null;
  readonly errorNumber: number;
}[] {
  const everywhere = Object.keys(general).map((number) => ({
    api: null,
    errorNumber: Number(number),
  }));
  const special = Object.entries(byApi).flatMap(([api, entries]) =>
    Object.keys(entries).map((number) => ({ api, errorNumber: Number(number) })),
  );
  return [...everywhere, ...special];
}
