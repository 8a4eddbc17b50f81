// Persistent reservations by the three calls of iphlpapi, each answer with its error number. What is made is undone by the
// cleanup, whatever happens.

import type { PortRun, TransportProtocol } from "../../host-ports.js";
import type { Win32 } from "../../win32/bindings.js";
import { explainError } from "../../win32/error-table.js";
import type { Cleanup } from "../cleanup.js";
import type { Refused } from "../probe.js";

export interface Reserved {
  readonly ok: true;
  /** In decimal. */
  readonly token: string;
}

const ERROR_NOT_FOUND = 1_168;

/** `firstPort` and `portCount` go to Windows as they are, also when they are wrong. */
export class Reservations {
  readonly #win32: Win32;
  readonly #cleanup: Cleanup;

  constructor(win32: Win32, cleanup: Cleanup) {
    this.#win32 = win32;
    this.#cleanup = cleanup;
  }

  create(protocol: TransportProtocol, run: PortRun): Reserved | Refused {
    const call =
      protocol === "tcp"
        ? "CreatePersistentTcpPortReservation"
        : "CreatePersistentUdpPortReservation";
    const made = this.#withToken(call, run);
    if (made.ok) {
      const what = `the ${protocol} reservation ${run.firstPort}, ${run.portCount} ports`;
      this.#cleanup.add(what, () => this.#mustBeGone(protocol, run));
    }
    return made;
  }

  lookup(protocol: TransportProtocol, run: PortRun): Reserved | Refused {
    const call =
      protocol === "tcp"
        ? "LookupPersistentTcpPortReservation"
        : "LookupPersistentUdpPortReservation";
    return this.#withToken(call, run);
  }

  delete(protocol: TransportProtocol, { firstPort, portCount }: PortRun): { ok: true } | Refused {
    const call =
      protocol === "tcp"
        ? "DeletePersistentTcpPortReservation"
        : "DeletePersistentUdpPortReservation";
    return outcome(call, this.#win32[call](networkOrder(firstPort), portCount));
  }

  #withToken(
    call:
      | "CreatePersistentTcpPortReservation"
      | "CreatePersistentUdpPortReservation"
      | "LookupPersistentTcpPortReservation"
      | "LookupPersistentUdpPortReservation",
    { firstPort, portCount }: PortRun,
  ): Reserved | Refused {
    const token = Buffer.alloc(8);
    const result = outcome(call, this.#win32[call](networkOrder(firstPort), portCount, token));
    return result.ok ? { ok: true, token: token.readBigUInt64LE().toString() } : result;
  }

  #mustBeGone(protocol: TransportProtocol, run: PortRun): void {
    const deleted = this.delete(protocol, run);
    if (deleted.ok || deleted.errorNumber === ERROR_NOT_FOUND) return;
    throw new Error(`${deleted.api}: ${deleted.errorName} ${deleted.errorNumber}`);
  }
}

function outcome(api: string, errorNumber: number): { ok: true } | Refused {
  if (errorNumber === 0) return { ok: true };
  return { ok: false, api, errorNumber, errorName: explainError(api, errorNumber).name };
}

/** Of a little-endian host, as every Windows is that Node runs on. */
function networkOrder(port: number): number {
  return ((port & 0xff) << 8) | ((port >> 8) & 0xff);
}
