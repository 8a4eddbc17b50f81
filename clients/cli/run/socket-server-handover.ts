// Hands ports over on Windows, where programs inherit no sockets: the program asks for them by the systemfd/listenfd protocol,
// and gets each duplicated for its process. These sockets never enter Node's event loop here: only one loop can have them, and
// that must be the program's (https://learn.microsoft.com/dotnet/api/system.net.sockets.socket.duplicateandclose).

import type { Timers } from "@portlease/client";
import { openHostPorts, openSocketDuplicator, type SocketDuplicator } from "@portlease/native";
import type { ChildStart, Handover, HandoverOptions, HandoverWay, LeasedPort } from "./handover.js";
import { openPassedSockets, type PassedSocket } from "./passed-sockets.js";
import { SocketServer } from "./socket-server.js";
import { systemTime } from "./system-time.js";

/** What it asks of the operating system. */
export interface SocketServerHost {
  readonly duplicator: SocketDuplicator;
  /** Whether one process was started by the other, directly or through others; `null` when unknown. */
  readonly isDescendant: (processId: number, ancestorId: number) => boolean | null;
}

export const socketServerWay: HandoverWay = socketServerWayOn(() => ({
  duplicator: openSocketDuplicator(),
  isDescendant: (processId, ancestorId) => openHostPorts().isDescendant(processId, ancestorId),
}));

/** The way on any host; tests bring their own. */
export function socketServerWayOn(
  openHost: () => SocketServerHost,
  timers: Timers = systemTime,
): HandoverWay {
  return {
    name: "sockets",
    binds: true,
    open: async (ports, options) => {
      const host = openHost();
      const sockets = await openPassedSockets(ports, options.address);
      return new SocketServerHandover(ports, sockets, host, timers, options);
    },
  };
}

class SocketServerHandover implements Handover {
  readonly keepsPorts = true;
  readonly #ports: readonly LeasedPort[];
  readonly #sockets: readonly PassedSocket[];
  readonly #host: SocketServerHost;
  readonly #note: (text: string) => void;
  readonly #server: SocketServer;
  #childId: number | null = null;
  #given = false;

  constructor(
    ports: readonly LeasedPort[],
    sockets: readonly PassedSocket[],
    host: SocketServerHost,
    timers: Timers,
    { note }: HandoverOptions,
  ) {
    this.#ports = ports;
    this.#sockets = sockets;
    this.#host = host;
    this.#note = note;
    this.#server = new SocketServer((processId) => this.#duplicateFor(processId), timers, note);
  }

  async prepare(): Promise<ChildStart> {
    const { address, secret } = await this.#server.access();
    return {
      environment: { SYSTEMFD_SOCKET_SERVER: address, SYSTEMFD_SOCKET_SECRET: secret },
      descriptors: [],
      programPorts: this.#ports.map(({ port }) => port),
    };
  }

  /**
   * The sockets stay open here as long as the lease: only an open socket can be duplicated, nothing tells when the program has
   * opened what it got, and it may ask again.
   */
  started(processId: number): void {
    this.#childId = processId;
    this.#given = false;
  }

  ended(): void {
    const wasStarted = this.#childId !== null;
    this.#childId = null;
    if (this.#given || !wasStarted) return;
    this.#note(
      "the program ended and never asked for its sockets. If it does not speak the listenfd protocol (docs/run.md), let " +
        "portlease forward to it (--proxy), or use a pool of kind administered, whose ports it can bind by their number",
    );
  }

  async close(): Promise<void> {
    await this.#server.close();
    for (const { socket } of this.#sockets) socket.close();
  }

  /** The bytes of all sockets, in order; `null` for a process that may not have them, or where Windows refuses. */
  #duplicateFor(processId: number): Uint8Array | null {
    if (!this.#mayHaveThem(processId)) {
      this.#note(
        `no sockets were given to process ${processId}, which knows the secret: it is neither the program nor started by it`,
      );
      return null;
    }
    try {
      const { duplicator } = this.#host;
      const infos = this.#sockets.map(({ socket }) => duplicator.duplicate(socket, processId));
      this.#given = true;
      return Buffer.concat(infos);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#note(`no sockets were given to process ${processId}: ${message}`);
      return null;
    }
  }

  /** A program that was started through another, such as a batch file through cmd.exe, counts too. */
  #mayHaveThem(processId: number): boolean {
    if (this.#childId === null) return false;
    return (
      processId === this.#childId || this.#host.isDescendant(processId, this.#childId) === true
    );
  }
}
