// Tries what an ordinary program would do to serve on a port, and gives it up at once: an answer about now, no reservation.

import { constants } from "node:os";
import type { BindTrial, TransportProtocol } from "../host-ports.js";
import { parseIpAddress } from "../ip-address.js";
import { NativeError } from "../native-error.js";
import { checkPort } from "../port-runs.js";
import { errnoName } from "./errno.js";
import type { PortSockets } from "./port-sockets.js";

export function tryBind(
  sockets: PortSockets,
  protocol: TransportProtocol,
  address: string,
  port: number,
): BindTrial {
  checkPort(port);
  const ip = parseIpAddress(address);
  if (ip === null) {
    throw new NativeError(
      "RANGE_INVALID",
      `"${address}" is not an IP address. Give a literal, such as 127.0.0.1 or ::.`,
    );
  }
  // As libuv does it for TCP: what TIME_WAIT leaves is no obstacle. UDP has no such state, and the option would share the port.
  const reuseAddress = protocol === "tcp";
  const options = { ip, port, protocol, ipv6Only: false, reusePort: false, reuseAddress };
  try {
    const bound = sockets.openBound(options);
    if (bound.descriptor === null) {
      const { errorNumber } = bound;
      return { bound: false, errorNumber, errorName: errnoName(errorNumber) };
    }
    sockets.close(bound.descriptor);
    return { bound: true };
  } catch (error) {
    const absent: unknown[] = [constants.errno.EAFNOSUPPORT, constants.errno.EPROTONOSUPPORT];
    if (!(error instanceof NativeError) || !absent.includes(error.fields.errorNumber)) throw error;
    const errorNumber = error.fields.errorNumber ?? 0;
    return { bound: false, errorNumber, errorName: errnoName(errorNumber) };
  }
}
