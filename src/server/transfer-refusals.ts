// Why a socket is not handed over, each reason worded once, with the way out.

import type { BindMethod } from "./domain/boundaries.js";
import { echo } from "./domain/echo.js";
import { BrokerError } from "./domain/errors.js";
import type { ActiveLease } from "./domain/lease-table.js";
import type { TransportProtocol } from "./domain/records.js";

/** Unknown ids come from callers: what is echoed is bounded. */
const echoedLengthMax = 64;

interface Target {
  readonly protocol: TransportProtocol;
  readonly port: number;
  readonly address: string;
}

const howToBind: Readonly<Record<BindMethod, string>> = {
  plain: "bind the port by its number",
  "share-port": "set SO_REUSEPORT, then bind the port by its number",
  associate: "",
  handoff: "",
};

/** Where a holder may bind by association it may ask for the socket all the same: a client that is not elevated does. */
export function checkHandoff(lease: ActiveLease, { protocol, port }: Target): void {
  const reservation = lease.block.reservation
    .reservationsOf(port)
    .find((candidate) => candidate.protocol === protocol);
  if (reservation === undefined) throw new TypeError(`port ${port} is not reserved in ${protocol}`);
  const { bindMethod, kind } = reservation;
  if (bindMethod === "associate" || bindMethod === "handoff") return;
  throw new BrokerError(
    "handoff_not_offered",
    `the holder binds port ${port} itself, because its block is ${kind}: ${howToBind[bindMethod]}`,
    { subject: `port:${port}`, metadata: { port: String(port), kind, bind_method: bindMethod } },
  );
}

export function transferNotFound(transferId: string): BrokerError {
  const shown = echo(transferId, echoedLengthMax);
  return new BrokerError(
    "transfer_not_found",
    `there is no transfer "${shown}": it never existed, or its lease has ended; ask with TransferSocket again`,
    { subject: `transfer:${shown}`, metadata: { transfer_id: shown } },
  );
}

export function transferPending(
  { protocol, port, address }: Target,
  retryAfterMs: number,
): BrokerError {
  return new BrokerError(
    "transfer_pending",
    `a ${protocol} socket of port ${port} on ${address} is on its way and not confirmed; ask for the same address and family, ` +
      "or confirm that transfer first",
    { subject: `port:${port}`, metadata: { port: String(port), address }, retryAfterMs },
  );
}

/** `refused` is what the operating system said to the bind. */
export function alreadyBound({ protocol, port }: Target, refused: BrokerError): BrokerError {
  return new BrokerError(
    "already_bound",
    `the operating system shows ${protocol} port ${port} bound already, by its holder or by somebody else; close that socket ` +
      "before you ask for another",
    {
      subject: `port:${port}`,
      metadata: { ...refused.details.metadata, port: String(port) },
      cause: refused.details.cause,
    },
  );
}

/** `refused` is what the operating system said to the duplicate. */
export function processNotFound(processId: number, refused: BrokerError): BrokerError {
  return new BrokerError(
    "process_not_found",
    `process ${processId} cannot be given a socket: there is none with this id, or the broker has no rights to it; ` +
      "name the process that runs now, or run the broker with more rights",
    {
      subject: `process:${processId}`,
      metadata: { ...refused.details.metadata, process_id: String(processId) },
      cause: refused.details.cause,
    },
  );
}

/** Says the rule and not whose process it was: that is nobody else's business. */
export function notYourProcess(field: string, processId: number): BrokerError {
  return new BrokerError(
    "not_your_process",
    `${field} ${processId} is not the process that this call comes from; name the caller's own process id as this host ` +
      "counts it (another one than inside of a container)",
    { field, subject: `process:${processId}`, metadata: { process_id: String(processId) } },
  );
}

/** There the leased number is another port, which the broker neither holds nor sees (semantics.md 24). */
export function wrongNamespace(field: string, processId: number): BrokerError {
  return new BrokerError(
    "wrong_namespace",
    `${field} ${processId} is in another network namespace than the broker, so that the broker's ports are not its ports; run it ` +
      "in the host's network (docker run --network host, hostNetwork: true), or run a broker beside it",
    { field, subject: `process:${processId}`, metadata: { process_id: String(processId) } },
  );
}
