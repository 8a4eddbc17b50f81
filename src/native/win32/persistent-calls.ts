// The calls that make, remove and look up persistent reservations, for both protocols. One run, one call, no decisions.
// https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-createpersistenttcpportreservation

import type { PortRun, TransportProtocol } from "../host-ports.js";
import type { Win32 } from "./bindings.js";
import { errors } from "./error-table.js";
import { structs } from "./layout.js";
import { networkOrderStart } from "./port-range.js";
import type { Win32Failure } from "./win32-failure.js";

export class PersistentCalls {
  readonly #win32: Win32;

  constructor(win32: Win32) {
    this.#win32 = win32;
  }

  /** The token, or why not: 32 when a port of it is in use or reserved, 5 without rights. */
  create(protocol: TransportProtocol, run: PortRun): bigint | Win32Failure {
    const api = `CreatePersistent${suffixOf(protocol)}` as const;
    const token = Buffer.alloc(structs.INET_PORT_RESERVATION_TOKEN.size);
    const errorNumber = this.#win32[api](networkOrderStart(run), run.portCount, token);
    return errorNumber === 0 ? token.readBigUInt64LE() : { api, errorNumber };
  }

  /** `null` when it was removed. Start and count must be those it was made with: 1168 otherwise. */
  delete(protocol: TransportProtocol, run: PortRun): Win32Failure | null {
    const api = `DeletePersistent${suffixOf(protocol)}` as const;
    const errorNumber = this.#win32[api](networkOrderStart(run), run.portCount);
    return errorNumber === 0 ? null : { api, errorNumber };
  }

  /** The token of the reservation that was made with exactly this run, `null` when there is none, or why that is not known. */
  lookup(protocol: TransportProtocol, run: PortRun): bigint | null | Win32Failure {
    const api = `LookupPersistent${suffixOf(protocol)}` as const;
    const token = Buffer.alloc(structs.INET_PORT_RESERVATION_TOKEN.size);
    const errorNumber = this.#win32[api](networkOrderStart(run), run.portCount, token);
    if (errorNumber === 0) return token.readBigUInt64LE();
    return errorNumber === errors.ERROR_NOT_FOUND ? null : { api, errorNumber };
  }
}

function suffixOf(protocol: TransportProtocol): "TcpPortReservation" | "UdpPortReservation" {
  return protocol === "tcp" ? "TcpPortReservation" : "UdpPortReservation";
}
