// Binds the ports of a lease and listens on them, so that the sockets can be passed to the program of `portlease run`.

import type { Lease } from "@portlease/client";
import type { BoundSocket } from "@portlease/native";

/** Connections that may wait until the program accepts them; Node's own default. */
const backlog = 511;

/**
 * One listening socket per port, in rising order. `address` is an IP address of this host; `null`: all of them.
 * Rejects as `Lease.openSocket` does, or with NativeError; no socket is left open then.
 */
export async function listenOnLease(
  lease: Pick<Lease, "ports" | "openSocket">,
  address: string | null,
): Promise<readonly BoundSocket[]> {
  const host = address === null ? {} : { host: address };
  const opened: BoundSocket[] = [];
  try {
    for (const port of lease.ports) opened.push(await lease.openSocket({ port, ...host }));
    for (const socket of opened) socket.listen(backlog);
    return opened;
  } catch (error) {
    for (const socket of opened) socket.close();
    throw error;
  }
}
