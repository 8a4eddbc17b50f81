// Tries what an ordinary program would do to serve on a port, and gives it up at once: an answer about now, no reservation.

import type { BindTrial, TransportProtocol } from "../host-ports.js";
import { parseIpAddress } from "../ip-address.js";
import { NativeError } from "../native-error.js";
import { checkPort } from "../port-runs.js";
import { explainError } from "./error-table.js";
import type { PortSockets } from "./port-sockets.js";
import { notAnAddress } from "./transferable-socket.js";

export function tryBind(
  sockets: PortSockets,
  protocol: TransportProtocol,
  address: string,
  port: number,
): BindTrial {
  checkPort(port);
  const ip = parseIpAddress(address);
  if (ip === null) throw notAnAddress(address);
  // As libuv does it: no option but dual stack. https://github.com/libuv/libuv/blob/v1.52.0/src/win/tcp.c
  const options = { protocol, ip, port, ipv6Only: false, exclusive: false, token: 0n };
  try {
    const { socket, failure } = sockets.openBound(options);
    if (failure === null) {
      sockets.close(socket);
      return { bound: true };
    }
    const { errorNumber } = failure;
    const { name } = explainError(failure.api, errorNumber);
    return { bound: false, errorNumber, errorName: name };
  } catch (error) {
    // No such family on this host, which is an answer too.
    if (!(error instanceof NativeError) || error.code !== "UNSUPPORTED") throw error;
    const { errorNumber, errorName } = error.fields;
    if (errorNumber === null || errorName === null) throw error;
    return { bound: false, errorNumber, errorName };
  }
}
