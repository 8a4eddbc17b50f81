// Gives a bound UDP socket to Node: puts it under a dgram socket. Which port, and whether it is still leased, is the caller's
// business.

import { createSocket, type Socket } from "node:dgram";
import { getSystemErrorName } from "node:util";
import type { BoundSocket } from "./host-ports.js";
import { NativeError } from "./native-error.js";
import { untilListening } from "./until-listening.js";

/** Node's UDP handle, as far as it is used here; give it to `socket.bind` as it is. */
export interface UdpHandle {
  /** 0, or a negative error number. */
  open(descriptor: number): number;
  /** What dgram looks for to tell a handle from options. */
  recvStart(): number;
  close(): void;
}

/**
 * Puts the socket into a handle for `dgramSocket.bind(handle)`. From then on closing the dgram socket closes the descriptor and
 * `socket.close()` does nothing. A handle, because `bind({ fd })` does not work on Windows.
 * Throws UNSUPPORTED where Node offers no such handle and OS_ERROR when it refuses the descriptor; the socket is then
 * still the caller's to close.
 */
export function adoptUdpSocket(socket: BoundSocket): UdpHandle {
  const handle = newUdpHandle();
  const result = handle.open(socket.descriptor);
  if (result !== 0) {
    handle.close();
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
 * Puts a bound socket under `dgramSocket`, which must be new (unbound) and of the socket's family: "udp4" for an IPv4 address,
 * else "udp6". Resolves when it receives. Rejects with what refused it; the bound socket is closed then, the dgram socket is
 * the caller's to close.
 */
export async function bindOnLeased(dgramSocket: Socket, socket: BoundSocket): Promise<void> {
  let handle: UdpHandle | null = null;
  try {
    const adopted = adoptUdpSocket(socket);
    handle = adopted;
    // The types know of options only; dgram takes anything that can recvStart for a handle (lib/dgram.js, Node 20 to 24).
    const taking = dgramSocket as unknown as { bind(handle: UdpHandle): void };
    await untilListening(dgramSocket, () => taking.bind(adopted));
  } catch (error) {
    socket.close();
    handle?.close();
    throw error;
  }
}

/**
 * Node exports its handle class nowhere, but every dgram socket has one from the start, behind a symbol. Nothing reaches the
 * network: the sample is never bound.
 */
function newUdpHandle(): UdpHandle {
  const socket = createSocket("udp4");
  const symbol = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === "state symbol",
  );
  const state: unknown = symbol === undefined ? null : Reflect.get(socket, symbol);
  const sample: unknown =
    typeof state === "object" && state !== null ? Reflect.get(state, "handle") : null;
  socket.close();
  if (typeof sample !== "object" || sample === null) {
    throw new NativeError(
      "UNSUPPORTED",
      `Node ${process.version} offers no UDP handle for sockets bound outside of it. Use Node 20, 22 or 24.`,
    );
  }
  const UdpHandleClass = sample.constructor as new () => UdpHandle;
  return new UdpHandleClass();
}
