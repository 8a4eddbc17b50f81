// A line to a broker that a test can cut: the broker lives on, and the client at the other end does not hear of it any more.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class CutLine {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
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
