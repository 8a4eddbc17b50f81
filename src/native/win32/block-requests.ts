// What kinds of blocks Windows can have, and the errors for those it cannot. Makes no calls.

import type { ReservationKind, ReserveBlockRequest } from "../host-ports.js";
import { NativeError } from "../native-error.js";

/** A reservation of its own for each port: few enough not to slow the host down, which searches them one after another. */
const perLeasePortsMax = 256;

/** Throws UNSUPPORTED. */
export function checkSupported(request: ReserveBlockRequest, hasPersistent: boolean): void {
  const { kind, isolation, portCount } = request;
  if (kind === "held") {
    throw new NativeError(
      "UNSUPPORTED",
      "Windows reserves ports in its kernel and does not need them held. Use kind persistent, runtime or administered.",
    );
  }
  if (kind === "persistent" && !hasPersistent) {
    throw new NativeError(
      "UNSUPPORTED",
      "This build of Windows has no persistent port reservations. Use kind runtime.",
    );
  }
  if (isolation === "shared") return;
  if (kind === "administered") {
    throw new NativeError(
      "UNSUPPORTED",
      "Isolation per lease needs reservation tokens, and administered exclusions have none. Use kind persistent or runtime.",
    );
  }
  if (portCount > perLeasePortsMax) {
    throw new NativeError(
      "UNSUPPORTED",
      `Isolation per lease makes one reservation per port, and more than ${perLeasePortsMax} slow the network of the host down. ` +
        `Ask for ${perLeasePortsMax} ports at most, or use isolation shared.`,
    );
  }
}

export function noPlaceGiven(): NativeError {
  return new NativeError(
    "RANGE_INVALID",
    "A block with live leases comes back only where it was. Give its first port.",
  );
}

export function notElevated(kind: ReservationKind): NativeError {
  return new NativeError(
    "ACCESS_DENIED",
    `Blocks of kind ${kind} need an elevated process, and this one is not. Run it as administrator or as a service under ` +
      "LocalSystem, or use kind runtime, which needs no rights.",
  );
}
