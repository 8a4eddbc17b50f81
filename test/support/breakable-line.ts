// A line to a server that a test breaks and mends: connections break, and what comes in meanwhile is refused. For a line that is cut
// for good there is test/e2e/support/cut-line.ts.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Call `close` in any case. */
export class BreakableLine {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #broken = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `address` is host:port. */
  static async to(address: string): Promise<BreakableLine> {
    const [host = "", port = ""] = address.split(":");
    const server = createServer((near) => {
      if (line.#broken) {
        near.resetAndDestroy();
        return;
      }
      const far = connect({ host, port: Number(port) });
      line.#join(near, far);
      line.#join(far, near);
    });
    const line = new BreakableLine(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return line;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  break(): void {
    this.#broken = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#broken = false;
  }

  close(): void {
    this.break();
    this.#server.close();
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
