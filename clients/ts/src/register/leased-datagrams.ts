// Binds dgram sockets to leased ports as `socket.bind` would: the same events, an 'error' where it fails.

import type { Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { BindWish } from "./bind-arguments.js";
import { hearErrors } from "./error-hearing.js";
import { listenError } from "./listen-error.js";
import type { LeaseRequest, LeaseUse, ProcessLeases } from "./process-leases.js";
import type { WithoutBroker } from "./without-broker.js";

/** Node's own `bind`. */
export type PlainBind = (socket: Socket, args: readonly unknown[]) => void;

export class LeasedDatagrams {
  readonly #leases: ProcessLeases;
  readonly #plainBind: PlainBind;
  readonly #without: WithoutBroker;
  readonly #waiting = new WeakSet<Socket>();

  constructor(leases: ProcessLeases, plainBind: PlainBind, without: WithoutBroker) {
    this.#leases = leases;
    this.#plainBind = plainBind;
    this.#without = without;
  }

  /** Whether the socket waits for its lease. What is sent meanwhile waits too, as it does while Node binds. */
  isWaiting(socket: Socket): boolean {
    return this.#waiting.has(socket);
  }

  /** Begins. The socket must be new, and not wait for a lease. */
  bind(socket: Socket, request: LeaseRequest, wish: BindWish): void {
    if (wish.callback !== null) callOnce(socket, wish.callback);
    this.#waiting.add(socket);
    void this.#run(socket, request, wish);
  }

  async #run(socket: Socket, request: LeaseRequest, wish: BindWish): Promise<void> {
    // Unlike a server, a dgram socket that was closed stays so.
    const closed = new AbortController();
    const close = (): void => closed.abort();
    socket.once("close", close);
    const hearing = hearErrors(socket);
    try {
      await this.#bind(socket, request, wish, closed.signal);
    } catch (error) {
      this.#waiting.delete(socket);
      if (!closed.signal.aborted && !hearing.heard()) this.#failed(socket, request, wish, error);
    } finally {
      this.#waiting.delete(socket);
      hearing.stop();
      socket.off("close", close);
    }
  }

  async #bind(
    socket: Socket,
    request: LeaseRequest,
    { host }: BindWish,
    closed: AbortSignal,
  ): Promise<void> {
    const family = Reflect.get(socket, "type") === "udp6" ? 6 : 4;
    const everywhere = family === 6 ? "::" : "0.0.0.0";
    const address = host === null ? everywhere : await addressOf(host, family);
    const use = await this.#leases.use(request, closed);
    const leave = leaveAtClose(socket, use);
    try {
      closed.throwIfAborted();
      use.claim({ address, ipv6Only: false });
      // From here on Node's own bind is to be let through.
      this.#waiting.delete(socket);
      await use.lease.bind(socket, { port: use.lease.port, host: address });
    } catch (error) {
      leave();
      throw error;
    }
  }

  #failed(socket: Socket, request: LeaseRequest, wish: BindWish, error: unknown): void {
    const { host, exclusive } = wish;
    const port = request.port ?? 0;
    if (this.#without.accepts(error)) {
      this.#plainBind(socket, [{ port, exclusive, ...(host === null ? {} : { address: host }) }]);
      return;
    }
    const told = listenError(error, { syscall: "bind", host, port });
    process.nextTick(() => socket.emit("error", told));
  }
}

async function addressOf(host: string, family: 4 | 6): Promise<string> {
  return isIP(host) === 0 ? (await lookup(host, { family })).address : host;
}

function leaveAtClose(socket: Socket, use: LeaseUse): () => void {
  const leave = (): void => {
    socket.off("close", leave);
    use.leave();
  };
  socket.on("close", leave);
  return leave;
}

/** Node forgets the callback when the bind fails. */
function callOnce(socket: Socket, callback: () => void): void {
  const forget = (): void => {
    socket.off("error", forget);
    socket.off("listening", call);
  };
  const call = (): void => {
    forget();
    Reflect.apply(callback, socket, []);
  };
  socket.on("error", forget);
  socket.on("listening", call);
}
