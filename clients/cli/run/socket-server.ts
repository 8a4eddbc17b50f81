// The server side of the systemfd/listenfd protocol of Windows: a program connects, says a secret and its process id, and gets
// its sockets as bytes. Which process may have them and what the bytes are is the caller's business.
// https://github.com/mitsuhiko/systemfd and https://github.com/mitsuhiko/listenfd (src/windows.rs)

import { randomUUID, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import type { Timers } from "@portlease/client";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A UUID, a bar and a process id of at most ten digits; whoever says more does not speak the protocol. */
const requestBytesMax = 47;

/** On loopback a request takes microseconds. */
const requestMsMax = 5_000;

/** One program has one such connection at a time. */
const connectionsMax = 16;

/** What a request is answered with: all the bytes, or `null` for nothing at all. */
export type SocketAnswer = (processId: number) => Uint8Array | null;

export interface SocketServerAccess {
  /** "127.0.0.1:PORT" */
  readonly address: string;
  /** A random UUID. Secret: whoever knows it may ask. */
  readonly secret: string;
}

export class SocketServer {
  readonly #answer: SocketAnswer;
  readonly #timers: Timers;
  readonly #note: (text: string) => void;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  #secret: string | null = null;

  constructor(answer: SocketAnswer, timers: Timers, note: (text: string) => void) {
    this.#answer = answer;
    this.#timers = timers;
    this.#note = note;
    // The client closes its half first, and reads then.
    this.#server = createServer({ allowHalfOpen: true }, (connection) => this.#serve(connection));
    this.#server.maxConnections = connectionsMax;
  }

  /** Begins to listen, once. Each call makes another secret, and the one before is worth nothing any more. */
  async access(): Promise<SocketServerAccess> {
    if (!this.#server.listening) {
      this.#server.listen(0, "127.0.0.1");
      await once(this.#server, "listening");
    }
    const { port } = this.#server.address() as AddressInfo;
    const secret = randomUUID();
    this.#secret = secret;
    return { address: `127.0.0.1:${port}`, secret };
  }

  /** Idempotent. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(connection: Socket): void {
    this.#connections.add(connection);
    let request = Buffer.alloc(0);
    const refuse = (why: string): void => {
      this.#note(`no sockets were given to a program that asked for them: ${why}`);
      connection.destroy();
    };
    // From its beginning: otherwise a few connections that say a byte now and then would keep the program out.
    const deadline = this.#timers.after(requestMsMax, () =>
      refuse("it did not finish its request"),
    );
    connection.once("close", () => {
      this.#connections.delete(connection);
      deadline.cancel();
    });
    // A client that goes away has nothing to be told.
    connection.on("error", () => connection.destroy());
    connection.on("data", (bytes) => {
      request = Buffer.concat([request, bytes]);
      if (request.length > requestBytesMax) refuse("its request is too long");
    });
    connection.once("end", () => {
      const processId = this.#processIdOf(request.toString("latin1"));
      if (processId === null) {
        refuse("its secret is wrong, or its request is not of the listenfd protocol");
        return;
      }
      const bytes = this.#answer(processId);
      if (bytes === null) connection.end();
      else connection.end(bytes);
    });
  }

  /** The process that asks; `null` unless it knows the secret. */
  #processIdOf(request: string): number | null {
    const [, secret = "", digits = ""] = /^([^|]*)\|(\d{1,10})$/.exec(request) ?? [];
    if (this.#secret === null || !isSame(secret, this.#secret) || digits === "") return null;
    return Number(digits);
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
