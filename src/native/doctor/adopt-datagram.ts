// Gives a bound UDP socket to a dgram socket of Node. Windows has no file descriptors that dgram could bind to.

import type { Socket } from "node:dgram";
import { getSystemErrorName } from "node:util";
import type { BoundSocket } from "../host-ports.js";
import { NativeError } from "../native-error.js";

interface UdpHandle {
  open(descriptor: number): number;
}

/**
 * `server` must be unbound. From then on `server.close()` closes the descriptor. Resolves when it receives.
 * dgram takes every object with `recvStart` for a handle: https://github.com/nodejs/node/blob/v20.20.2/lib/dgram.js
 */
export function adoptUdpSocket(server: Socket, socket: BoundSocket): void {
  const handle = newUdpHandle(server);
  const result = handle.open(socket.descriptor);
  if (result !== 0) {
    const errorName = getSystemErrorName(result);
    throw new NativeError(
      "OS_ERROR",
      `Node refused the UDP socket of port ${socket.port} with ${errorName} (${result}). Bind the port again.`,
      { api: "uv_udp_open", errorNumber: -result, errorName, port: socket.port },
    );
  }
  socket.detach();
  // Typed for descriptors and addresses only.
  (server.bind as (handle: UdpHandle) => void).call(server, handle);
}

/** Node exports the class nowhere; each dgram socket keeps a handle of it in its state. */
function newUdpHandle(sample: Socket): UdpHandle {
  const key = Object.getOwnPropertySymbols(sample).find(
    ({ description }) => description === "state symbol",
  );
  const state = key === undefined ? null : (Reflect.get(sample, key) as { handle?: unknown });
  const handle = state?.handle;
  if (typeof handle !== "object" || handle === null) {
    throw new NativeError(
      "UNSUPPORTED",
      `Node ${process.version} offers no UDP handle for sockets bound outside of it. Use Node 20, 22 or 24.`,
    );
  }
  return new (handle.constructor as new () => UdpHandle)();
}
