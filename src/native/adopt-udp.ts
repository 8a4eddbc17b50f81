// Gives a bound UDP socket to Node: a handle that dgram.Socket#bind takes, and binding with it. Which port, and whether it is
// still leased, is the caller's business. The TCP side is adopt.ts.

import { createSocket, type Socket } from "node:dgram";
import { getSystemErrorName } from "node:util";
import type { BoundSocket } from "./host-ports.js";
import { NativeError } from "./native-error.js";

/** Node's UDP handle, as far as it is used here; give it to `dgramSocket.bind` as it is. */
export interface UdpHandle {
  /** 0, or a negative error number. */
  open(descriptor: number): number;
  /** What dgram knows a handle by. https://github.com/nodejs/node/blob/v20.20.2/lib/dgram.js */
  recvStart(): number;
  close(): void;
}

/**
 * Puts the socket into a handle for `dgramSocket.bind(handle)`. From then on closing the dgram socket closes the descriptor and
 * `socket.close()` does nothing. A handle, because `bind({ fd })` does not work on Windows: Node takes the number for a file
 * of the C runtime there. On Windows libuv refuses a socket that another event loop had before.
 * Throws UNSUPPORTED where Node offers no such handle and OS_ERROR when it refuses the descriptor; the socket is then
 * still the caller's to close.
 */
export function adoptUdpSocket(socket: BoundSocket): UdpHandle {
  const handle = newUdpHandle();
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
  return handle;
}

/**
 * Makes a dgram socket, not bound yet, receive and send on a bound socket of its own family ("udp4": an IPv4 one, "udp6": an
 * IPv6 one). Resolves when it has emitted "listening". Rejects with NativeError or with what dgram threw, such as
 * ERR_SOCKET_ALREADY_BOUND; the bound socket is closed then and the dgram socket is as it was.
 */
export async function bindOnLeased(socket: Socket, bound: BoundSocket): Promise<void> {
  let handle: UdpHandle | null = null;
  try {
    handle = adoptUdpSocket(bound);
    await listening(socket, handle);
  } catch (error) {
    bound.close();
    // dgram closes a handle only once it has taken it; closing twice is harmless.
    handle?.close();
    throw error;
  }
}

interface TakesHandle {
  bind(handle: UdpHandle): void;
}

/** dgram tells of a failed bind by throwing only: it has nothing left to wait for with a bound handle. */
function listening(socket: Socket, handle: UdpHandle): Promise<void> {
  return new Promise((resolve, reject) => {
    const onListening = (): void => resolve();
    socket.once("listening", onListening);
    try {
      // Documented for a port or an { fd } only; an object with recvStart is taken as the handle itself (lib/dgram.js).
      (socket as unknown as TakesHandle).bind(handle);
    } catch (error) {
      socket.off("listening", onListening);
      reject(error);
    }
  });
}

/**
 * Node exports its handle class nowhere, but every dgram socket has one from the start, under the symbol that its own modules
 * share the state by. Nothing is bound or sent for it. Node 25 removed dgram's older ways in
 * (https://nodejs.org/api/deprecations.html#DEP0112), so what is found is checked before it is used.
 */
function newUdpHandle(): UdpHandle {
  const sample = createSocket("udp4");
  try {
    const stateSymbol = Object.getOwnPropertySymbols(sample).find(
      ({ description }) => description === "state symbol",
    );
    const state: unknown = stateSymbol === undefined ? null : Reflect.get(sample, stateSymbol);
    const handle: unknown = isObject(state) ? Reflect.get(state, "handle") : null;
    if (isObject(handle) && typeof Reflect.get(handle, "recvStart") === "function") {
      const UdpHandleClass = handle.constructor as new () => UdpHandle;
      return new UdpHandleClass();
    }
  } finally {
    sample.close();
  }
  throw new NativeError(
    "UNSUPPORTED",
    `Node ${process.version} offers no UDP handle for sockets bound outside of it. Use Node 20, 22 or 24.`,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
