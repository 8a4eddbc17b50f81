// Gives a bound socket to Node: a handle that net.Server#listen takes, and listening on it. Works for every class that
// extends net.Server (http, https, http2, tls). Which port, and whether it is still leased, is the caller's business.

import { Server, Socket } from "node:net";
import { getSystemErrorName } from "node:util";
import type { BoundSocket } from "./host-ports.js";
import { NativeError } from "./native-error.js";
import { untilListening } from "./until-listening.js";

/** Node's TCP handle, as far as it is used here; give it to `server.listen` as it is. */
export interface TcpHandle {
  /** 0, or a negative error number. */
  open(descriptor: number): number;
  close(): void;
}

/** TCPConstants.SERVER of https://github.com/nodejs/node/blob/v20.20.2/src/tcp_wrap.h */
const serverHandle = 1;

/**
 * Puts the socket into a handle for `server.listen(handle)`. From then on `server.close()` closes the descriptor and
 * `socket.close()` does nothing. Call `socket.prepareListen()` just before; the socket must not be listening yet.
 * A handle, because `listen({ fd })` does not work on Windows and goes to the primary process in cluster workers.
 * Throws UNSUPPORTED where Node offers no such handle and OS_ERROR when it refuses the descriptor; the socket is then
 * still the caller's to close.
 */
export function adoptTcpSocket(socket: BoundSocket): TcpHandle {
  const handle = newTcpHandle();
  const result = handle.open(socket.descriptor);
  if (result !== 0) {
    handle.close();
    const errorName = getSystemErrorName(result);
    throw new NativeError(
      "OS_ERROR",
      `Node refused the socket of port ${socket.port} with ${errorName} (${result}). Bind the port again.`,
      { api: "uv_tcp_open", errorNumber: -result, errorName, port: socket.port },
    );
  }
  socket.detach();
  return handle;
}

export interface ListenOptions {
  /** Connections that may wait to be accepted: 1 to 65535, default 511; the system may cap it (net.core.somaxconn). */
  readonly backlog?: number;
  /** Called in the same tick, just before the socket listens. Throw to stop: the socket is then closed. */
  readonly beforeListen?: () => void;
}

/**
 * Listens with `server` on a bound socket: prepareListen, adopt, listen, with nothing in between. Resolves when the server
 * listens. Rejects with what `beforeListen` threw or with the server's error; the socket is closed then.
 */
export async function listenOnLeased(
  server: Server,
  socket: BoundSocket,
  options: ListenOptions = {},
): Promise<void> {
  let handle: TcpHandle | null = null;
  try {
    options.beforeListen?.();
    socket.prepareListen();
    const adopted = adoptTcpSocket(socket);
    handle = adopted;
    // Not `server.listen`: a class that has one of its own does not expect a handle there.
    const listen = Reflect.get(Server.prototype, "listen") as () => void;
    await untilListening(server, () => Reflect.apply(listen, server, [adopted, options.backlog]));
  } catch (error) {
    socket.close();
    // A server that throws does not close what it was given; one that emits the error does. Closing twice is harmless.
    handle?.close();
    throw error;
  }
}

/**
 * Node exports its handle class nowhere, but every connecting socket has one from the start; the connection itself would be
 * tried a tick later, and the socket is gone by then. Nothing reaches the network (strace, Node 20, 22 and 24).
 */
function newTcpHandle(): TcpHandle {
  const socket = new Socket();
  socket.on("error", () => undefined);
  socket.connect({ host: "127.0.0.1", port: 9 });
  const sample: unknown = Reflect.get(socket, "_handle");
  socket.destroy();
  if (typeof sample !== "object" || sample === null) {
    throw new NativeError(
      "UNSUPPORTED",
      `Node ${process.version} offers no TCP handle for sockets bound outside of it. Use Node 20, 22 or 24.`,
    );
  }
  const TcpHandleClass = sample.constructor as new (type: number) => TcpHandle;
  return new TcpHandleClass(serverHandle);
}
