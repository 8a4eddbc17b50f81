// A forwarder on a loopback port with a program behind it, all in this process, on real sockets and a clock of the test.

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { ChildAddress } from "#cli/run/proxy/child-address.js";
import { Forwarder, type ForwarderOptions } from "#cli/run/proxy/forwarder.js";
import { choosePrivatePort, type PrivatePort } from "#cli/run/proxy/private-port.js";
import { FakeTime } from "../../../ts/support/fake-time.js";

export class ProxyLab {
  readonly time = new FakeTime();
  readonly notes: string[] = [];
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #childSockets = new Set<Socket>();
  readonly #silent: PrivatePort[] = [];
  readonly #forwarders: Forwarder[] = [];

  /** The program: each of its connections goes to `serve`. `where`: a port, a path; default any port. */
  async child(serve: (socket: Socket) => void, where: number | string = 0): Promise<ChildAddress> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#keep(socket);
      this.#childSockets.add(socket);
      serve(socket);
    });
    this.#servers.push(server);
    if (typeof where === "string") server.listen(where);
    else server.listen(where, "127.0.0.1");
    await once(server, "listening");
    return typeof where === "string"
      ? { kind: "path", path: where }
      : { kind: "tcp", host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  }

  /** A program that leaves its first connection to the test. */
  async patientChild(): Promise<{
    readonly address: ChildAddress;
    readonly accepted: Promise<Socket>;
  }> {
    let accept: (socket: Socket) => void = () => undefined;
    const accepted = new Promise<Socket>((resolve) => (accept = resolve));
    return { address: await this.child((socket) => accept(socket)), accepted };
  }

  /** A port on which nobody listens, and which nobody is given meanwhile. */
  async silentPort(): Promise<number> {
    const silent = await choosePrivatePort();
    this.#silent.push(silent);
    return silent.port;
  }

  async forwarder(
    to: ChildAddress,
    options: Partial<ForwarderOptions> = {},
  ): Promise<{ readonly forwarder: Forwarder; readonly port: number }> {
    const defaults = { waitMs: 30_000, idleMs: null, connectionsMax: 100, proxyProtocol: null };
    const forwarder = new Forwarder({ to, ...defaults, ...options }, this.time, (text) =>
      this.notes.push(text),
    );
    this.#forwarders.push(forwarder);
    forwarder.server.listen(0, "127.0.0.1");
    await once(forwarder.server, "listening");
    return { forwarder, port: (forwarder.server.address() as AddressInfo).port };
  }

  /** A connection to the forwarder, half-open as the forwarder's own ones. */
  async peer(port: number): Promise<Socket> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.#keep(socket);
    await once(socket, "connect");
    return socket;
  }

  /** The programs end, and with them their connections. */
  async closeChildren(): Promise<void> {
    const listening = this.#servers.filter((server) => server.listening);
    const closed = listening.map((server) => new Promise((done) => server.close(done)));
    for (const socket of this.#childSockets) socket.destroy();
    await Promise.all(closed);
  }

  /** Ends what is left, and waits for that. */
  async dispose(): Promise<void> {
    for (const forwarder of this.#forwarders) {
      const closed = forwarder.close(0);
      this.time.advance(0);
      await closed;
    }
    const open = [...this.#sockets].filter(({ closed }) => !closed);
    await Promise.all(open.map((socket) => (socket.destroy(), once(socket, "close"))));
    await this.closeChildren();
    await Promise.all(this.#silent.map(({ close }) => close()));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
  }
}

/** Everything until the other side ends; the socket can still be written to. Rejects when the connection fails instead. */
export function heard(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("end", () => resolve(Buffer.concat(chunks)));
    socket.once("close", () => reject(socket.errored ?? new Error("closed without an end")));
  });
}

/** The same as text. */
export async function heardText(socket: Socket): Promise<string> {
  return (await heard(socket)).toString();
}

/** How a connection ends: the code of its error, or `undefined` when it just ended. Waits for that. */
export async function errorOf(socket: Socket): Promise<string | undefined> {
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
  const error: NodeJS.ErrnoException | null = socket.errored;
  return error?.code;
}
