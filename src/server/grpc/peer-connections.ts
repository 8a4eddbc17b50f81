// The connections that are open, found again by what grpc-js calls the peer of a call. grpc-js tells a handler nothing else
// about its connection, and the process behind it can only be found by both ends.

import type { Socket } from "node:net";
import type { ConnectionEnds } from "../peer-processes.js";

export class PeerConnections {
  readonly #byPeer = new Map<string, Set<ConnectionEnds>>();

  /** Remembers the connection until it closes. A no-op for pipes and Unix sockets, whose ends have no addresses. */
  add(socket: Socket): void {
    const { localAddress, localPort, remoteAddress, remotePort } = socket;
    if (localAddress === undefined || localPort === undefined) return;
    if (remoteAddress === undefined || remotePort === undefined) return;
    const ends = { localAddress, localPort, remoteAddress, remotePort };
    const peer = `${remoteAddress}:${remotePort}`;
    const same = this.#byPeer.get(peer) ?? new Set();
    this.#byPeer.set(peer, same.add(ends));
    socket.once("close", () => {
      same.delete(ends);
      if (same.size === 0) this.#byPeer.delete(peer);
    });
  }

  /**
   * `peer` as `getPeer()` of a call says it. `null` for an unknown one, and for one with connections to two listeners of this
   * broker: which of them the call is on cannot be told.
   */
  find(peer: string): ConnectionEnds | null {
    const [ends = null, ...others] = this.#byPeer.get(peer) ?? [];
    return others.length === 0 ? ends : null;
  }
}
