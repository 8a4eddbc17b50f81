// Every error number that Microsoft documents for a call of the reservation API, or that was seen in the field, with the request
// of a client through which it is met, and what becomes of it there. What it means by itself stands in docs/errors.md.

/** What a client asks while the call fails. */
export type ThroughCall = "ReserveBlock" | "RemoveBlock" | "TransferSocket" | "AcquireLease";

export interface ErrorRow {
  readonly api: string;
  readonly errorNumber: number;
  readonly through: ThroughCall;
  /** The broker's kind of blocks. */
  readonly kind: "persistent" | "runtime";
  /**
   * "documented": the reason of docs/errors.md. A reason: that of this request instead, with its own advice. "none": the request
   * succeeds, because what it wants is true already or is had in another way.
   */
  readonly outcome: string;
  /** In the text instead of the documented advice, where the request knows better. */
  readonly advice?: RegExp;
}

/** Each of the numbers; `special` has those of which something else becomes. */
function rows(
  { api, through, kind }: Pick<ErrorRow, "api" | "through" | "kind">,
  numbers: readonly number[],
  special: Readonly<Record<number, Pick<ErrorRow, "outcome" | "advice">>> = {},
): readonly ErrorRow[] {
  return numbers.map((errorNumber) => {
    const base = { api, through, kind, errorNumber, outcome: "documented" };
    return { ...base, ...special[errorNumber] };
  });
}

/** https://learn.microsoft.com/windows/win32/winsock/sio-acquire-port-reservation (release and associate have the same list) */
const ioctlNumbers = [995, 997, 10_004, 10_014, 10_022, 10_036, 10_038, 10_045, 10_050] as const;

const otherRange = { advice: /Choose another range, or let portlease choose one/ };
const taken = { outcome: "documented", ...otherRange };
const boundAlready = { outcome: "ALREADY_BOUND", advice: /close that socket before you ask/ };
const notNeeded = { outcome: "none" };

export const errorRows: readonly ErrorRow[] = [
  // https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-createpersistenttcpportreservation
  ...rows(
    { api: "CreatePersistentTcpPortReservation", through: "ReserveBlock", kind: "persistent" },
    [5, 32, 87, 8, 1_450],
    { 32: taken },
  ),
  // https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-lookuppersistenttcpportreservation
  // 1168 is what a new block hopes for.
  ...rows(
    { api: "LookupPersistentTcpPortReservation", through: "ReserveBlock", kind: "persistent" },
    [5, 87, 1_168],
    { 1_168: notNeeded },
  ),
  // https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-deletepersistenttcpportreservation
  // 1168 is no fault but the truth where somebody else deleted it: see ErrorTrial.removeDeleted.
  ...rows(
    { api: "DeletePersistentTcpPortReservation", through: "RemoveBlock", kind: "persistent" },
    [5, 87],
  ),
  // 10048, 10013 and 10055 are not on the page; 10048 was seen: https://github.com/microsoft/msquic/issues/5795
  ...rows(
    { api: "SIO_ACQUIRE_PORT_RESERVATION", through: "ReserveBlock", kind: "runtime" },
    [...ioctlNumbers, 10_013, 10_048, 10_055],
    { 10_013: taken, 10_048: taken },
  ),
  // Closing the socket ends the reservation in any case.
  ...rows(
    { api: "SIO_RELEASE_PORT_RESERVATION", through: "RemoveBlock", kind: "runtime" },
    ioctlNumbers,
    Object.fromEntries(ioctlNumbers.map((number) => [number, notNeeded])),
  ),
  // https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation
  ...rows(
    { api: "SIO_ASSOCIATE_PORT_RESERVATION", through: "TransferSocket", kind: "persistent" },
    [...ioctlNumbers, 10_013],
  ),
  ...rows(
    { api: "SIO_ASSOCIATE_PORT_RESERVATION", through: "AcquireLease", kind: "persistent" },
    [10_050],
  ),
  // https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-bind
  ...rows(
    { api: "bind", through: "TransferSocket", kind: "persistent" },
    [10_013, 10_014, 10_022, 10_036, 10_038, 10_048, 10_049, 10_050, 10_055],
    { 10_013: boundAlready, 10_048: boundAlready },
  ),
  // https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaduplicatesocketw
  // 10045 was seen: https://httpd.apache.org/docs/2.4/faq/
  ...rows(
    { api: "WSADuplicateSocketW", through: "TransferSocket", kind: "runtime" },
    [10_014, 10_022, 10_024, 10_036, 10_038, 10_045, 10_050, 10_055],
    { 10_022: { outcome: "PROCESS_NOT_FOUND", advice: /name the process that runs now/ } },
  ),
  // https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasocketw
  ...rows(
    { api: "WSASocketW", through: "TransferSocket", kind: "runtime" },
    [10_014, 10_022, 10_024, 10_036, 10_045, 10_047, 10_050, 10_055, 10_093],
  ),
];
