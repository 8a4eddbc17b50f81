// Passes TCP connections of loopback on, until it is told to cut them: a network that fails at a chosen moment, for good or for a while.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

interface RelayState {
  broken: boolean;
  cutAtAnswer: boolean;
  held: boolean;
}

export class TcpRelay {
  /** host:port to connect to. */
  readonly endpoint: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #state: RelayState;

  private constructor(server: Server, sockets: Set<Socket>, state: RelayState) {
    this.#server = server;
    this.#sockets = sockets;
    this.#state = state;
    this.endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** `target`: host:port. */
  static async start(target: string): Promise<TcpRelay> {
    const [host = "", port = ""] = target.split(":");
    const sockets = new Set<Socket>();
    const state: RelayState = { broken: false, cutAtAnswer: false, held: false };
    const keep = (socket: Socket): void => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      // A connection that is cut is what the test wants.
      socket.on("error", () => undefined);
    };
    const server = createServer((near) => {
      if (state.broken) {
        near.resetAndDestroy();
        return;
      }
      const far = connect({ host, port: Number(port) });
      keep(near);
      keep(far);
      near.on("data", (chunk) => far.write(chunk));
      near.on("close", () => far.destroy());
      far.on("close", () => near.destroy());
      far.on("data", (chunk) => {
        if (state.cutAtAnswer) near.destroy();
        else if (state.held) far.pause();
        else near.write(chunk);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TcpRelay(server, sockets, state);
  }

  /** The next thing that the server says is not passed on, and ends the connection; so with all that follow. */
  cutAtAnswer(): void {
    this.#state.cutAtAnswer = true;
  }

  /** From now on nothing that the server says is passed on; connections stay open, and it has to wait. */
  hold(): void {
    this.#state.held = true;
  }

  /** Ends all connections, and refuses new ones until `mend`. */
  break(): void {
    this.#state.broken = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#state.broken = false;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
