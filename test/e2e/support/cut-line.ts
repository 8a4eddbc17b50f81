// A line to a broker that a test can cut, or let go silent: the broker lives on, and the client at the other end does not hear of it
// any more.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class CutLine {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #ignoring = 0;
  /** How many connections clients have made through it. */
  accepted = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `address` is host:port. */
  static async to(address: string): Promise<CutLine> {
    const [host = "", port = ""] = address.split(":");
    const server = createServer((near) => {
      line.accepted += 1;
      if (line.#ignoring > 0) {
        line.#ignoring -= 1;
        line.#keep(near);
        return;
      }
      const far = connect({ host, port: Number(port) });
      line.#join(near, far);
      line.#join(far, near);
    });
    const line = new CutLine(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return line;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** For good: connections break, and new ones are refused. Idempotent. */
  cut(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The next `count` connections are taken, and never hear a word. */
  ignore(count: number): void {
    this.#ignoring = count;
  }

  /** The connections that there are stay open, and nothing gets through any more; new ones are served. */
  freeze(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.resume();
    }
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.resume();
    socket.on("error", () => undefined);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.once("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
