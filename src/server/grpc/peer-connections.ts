// The connections that are open, found again by what grpc-js calls the peer of a call. grpc-js tells a handler nothing else
// about its connection, and the process behind it can only be found by both ends.

import type { Socket } from "node:net";
import type { CallOrigin } from "../access/gate.js";
import { isLoopback } from "../config/listen-address.js";
import type { ConnectionEnds } from "../peer-processes.js";

interface OpenConnection {
  readonly origin: CallOrigin;
  /** `null`: it has no addresses, as on a named pipe. */
  readonly ends: ConnectionEnds | null;
}

/** Of a call whose connection is closed already, or cannot be told from another one: nothing speaks for it. */
const unknownOrigin = { thisHost: false, certificateNames: [] } as const;

/** No address looks like it. */
const localName = "local-socket";

export class PeerConnections {
  readonly #byPeer = new Map<string, OpenConnection[]>();
  #localCount = 0;
  #namedCount = 0;

  /** Remembers the connection until it closes. `certificateNames` are of a client certificate that was verified. */
  add(socket: Socket, certificateNames: readonly string[] = []): void {
    const ends = endsOf(socket);
    if (ends === null) return;
    const { remoteAddress, remotePort } = ends;
    this.#remember(socket, `${remoteAddress}:${remotePort}`, connectionOf(ends, certificateNames));
  }

  /**
   * The same for a server that knows which connection a call is on: under a name that no other connection has, which is returned.
   * It begins like the names of others, with the address and port, for people. Nothing is known of one that is closed already.
   */
  addNamed(socket: Socket, certificateNames: readonly string[]): string {
    this.#namedCount += 1;
    const ends = socket.destroyed ? null : endsOf(socket);
    const place = ends === null ? "closed:0" : `${ends.remoteAddress}:${ends.remotePort}`;
    const name = `${place}#${this.#namedCount}`;
    if (ends !== null) this.#remember(socket, name, connectionOf(ends, certificateNames));
    return name;
  }

  /**
   * Remembers a connection to a named pipe or Unix socket, which only processes of this host reach. It is given a name in place of
   * the address that it lacks: to grpc-js it would be "unknown", as is one from anywhere that has just been closed.
   */
  addLocal(socket: Socket): void {
    this.#localCount += 1;
    const names = { remoteAddress: localName, remotePort: this.#localCount };
    Object.defineProperties(socket, {
      remoteAddress: { value: names.remoteAddress },
      remotePort: { value: names.remotePort },
    });
    const origin = { thisHost: true, certificateNames: [] };
    this.#remember(socket, `${localName}:${this.#localCount}`, { origin, ends: null });
  }

  /**
   * `peer` as `getPeer()` of a call says it. `null` for an unknown one, for one without addresses, and for one with connections
   * to two listeners of this broker: which of them the call is on cannot be told.
   */
  find(peer: string): ConnectionEnds | null {
    return this.#only(peer)?.ends ?? null;
  }

  /** The same object each time for one connection. */
  originOf(peer: string): CallOrigin {
    return this.#only(peer)?.origin ?? unknownOrigin;
  }

  #only(peer: string): OpenConnection | null {
    const connections = this.#byPeer.get(peer);
    return connections?.length === 1 ? (connections[0] ?? null) : null;
  }

  #remember(socket: Socket, peer: string, connection: OpenConnection): void {
    const same = this.#byPeer.get(peer) ?? [];
    same.push(connection);
    this.#byPeer.set(peer, same);
    socket.once("close", () => {
      same.splice(same.indexOf(connection), 1);
      if (same.length === 0) this.#byPeer.delete(peer);
    });
  }
}

function endsOf(socket: Socket): ConnectionEnds | null {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (localAddress === undefined || localPort === undefined) return null;
  if (remoteAddress === undefined || remotePort === undefined) return null;
  return { localAddress, localPort, remoteAddress, remotePort };
}

function connectionOf(ends: ConnectionEnds, certificateNames: readonly string[]): OpenConnection {
  return { origin: { thisHost: isLoopback(ends.remoteAddress), certificateNames }, ends };
}
