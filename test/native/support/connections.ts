// Client connections of a test to the "served" servers of other-process-main.ts.

import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Connects and waits for the server's line; the connection stays open. */
export async function openServedConnection(port: number, host: string): Promise<Socket> {
  const socket = connect({ port, host });
  await once(socket, "data");
  // Servers are killed in these tests; a reset from then on is nothing to fail for.
  socket.on("error", () => undefined);
  return socket;
}

/** Closes our side and waits until it is closed; the other side may have closed before. */
export async function closeConnection(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const closed = once(socket, "close");
  socket.end();
  socket.resume();
  await closed;
}

/** True when a server answers on the port. */
export async function isServed(port: number, host: string): Promise<boolean> {
  const socket = await openServedConnection(port, host);
  // A reset leaves nothing behind in the kernel's tables.
  const closed = once(socket, "close");
  socket.resetAndDestroy();
  await closed;
  return true;
}
