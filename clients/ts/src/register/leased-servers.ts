// Makes servers listen on leased ports as `server.listen` would: the same events in the same order, an 'error' where it fails.
// Which listens these are is decided in decision.ts; how the port is bound is the lease's business.

import { lookup } from "node:dns/promises";
import { isIP, type Server } from "node:net";
import { listenError } from "./listen-error.js";
import { hearErrors } from "./error-hearing.js";
import type { ListenWish } from "./listen-arguments.js";
import type { LeaseRequest, LeaseUse, ProcessLeases } from "./process-leases.js";
import { watchHandle } from "./taken-handle.js";
import type { WithoutBroker } from "./without-broker.js";

/** Node's own `listen`. */
export type PlainListen = (server: Server, args: readonly unknown[]) => void;

/**
 * How long a lease that was asked for is waited for after its server was closed, in milliseconds: an answer that is on its way
 * can be given back; one that nobody waits for keeps its port until the TTL is over.
 */
const answerGraceMs = 1_000;

interface Attempt {
  /** The server was closed, or another listen took its place. */
  readonly closed: AbortController;
  readonly giveUp: AbortController;
  readonly request: LeaseRequest;
  readonly wish: ListenWish;
}

export class LeasedServers {
  readonly #leases: ProcessLeases;
  readonly #plainListen: PlainListen;
  readonly #without: WithoutBroker;
  readonly #attempts = new WeakMap<Server, Attempt>();
  readonly #listening = new Map<Server, LeaseUse>();

  constructor(leases: ProcessLeases, plainListen: PlainListen, without: WithoutBroker) {
    this.#leases = leases;
    this.#plainListen = plainListen;
    this.#without = without;
  }

  /** Whether the server waits for its lease. */
  isWaiting(server: Server): boolean {
    return this.#attempts.has(server);
  }

  /** Begins. The server must neither listen nor wait for a lease. */
  listen(server: Server, request: LeaseRequest, wish: ListenWish): void {
    if (wish.callback !== null) server.once("listening", wish.callback);
    if (wish.signal !== null) closeOnAbort(server, wish.signal);
    const closed = new AbortController();
    const attempt = { closed, giveUp: new AbortController(), request, wish };
    this.#attempts.set(server, attempt);
    void this.#run(server, attempt);
  }

  /** Whether Node would listen already in place of waiting: it does so at once where there is no host to be looked up. */
  wouldListen(server: Server): boolean {
    return this.#attempts.get(server)?.wish.host === null;
  }

  /**
   * To be called when the server is closed: it then does not listen any more when its lease comes, and its address is free
   * for another server at once. The lease stays until the connections have ended too, and with them the server.
   */
  closing(server: Server): void {
    this.#listening.get(server)?.unclaim();
    const attempt = this.#attempts.get(server);
    if (attempt === undefined) return;
    this.#attempts.delete(server);
    attempt.closed.abort();
    setTimeout(() => attempt.giveUp.abort(), answerGraceMs).unref();
  }

  /** Closes all servers that listen on leased ports. */
  closeAll(): void {
    for (const server of this.#listening.keys()) server.close();
  }

  async #run(server: Server, attempt: Attempt): Promise<void> {
    const hearing = hearErrors(server);
    try {
      await this.#listen(server, attempt);
    } catch (error) {
      if (!attempt.closed.signal.aborted) this.#failed(server, attempt, error, hearing.heard());
    } finally {
      hearing.stop();
      if (this.#attempts.get(server) === attempt) this.#attempts.delete(server);
    }
  }

  async #listen(server: Server, { closed, giveUp, request, wish }: Attempt): Promise<void> {
    const { signal } = closed;
    const { ipv6Only, backlog } = wish;
    const address = wish.host === null ? "::" : await addressOf(wish.host);
    signal.throwIfAborted();
    const use = await this.#leases.use(request, giveUp.signal);
    const leave = this.#watch(server, use);
    const handle = watchHandle(server);
    try {
      signal.throwIfAborted();
      use.claim({ address, ipv6Only: wish.host !== null && ipv6Only });
      await use.lease.listen(server, {
        port: use.lease.port,
        signal,
        // Without a host Node takes IPv4 too, whatever the options say.
        ...(wish.host === null ? {} : { host: address, ipv6Only }),
        ...(backlog === null ? {} : { backlog }),
      });
      handle.listening(leave);
    } catch (error) {
      leave();
      throw error;
    } finally {
      handle.stop();
    }
  }

  /** From before the listen: an application may close its server in the very moment in which it listens. */
  #watch(server: Server, use: LeaseUse): () => void {
    const leave = (): void => {
      server.off("close", leave);
      if (this.#listening.get(server) === use) this.#listening.delete(server);
      use.leave();
    };
    this.#listening.set(server, use);
    server.on("close", leave);
    return leave;
  }

  #failed(server: Server, { request, wish }: Attempt, error: unknown, heard: boolean): void {
    if (this.#without.accepts(error)) {
      this.#plainListen(server, [plainOptions(wish, request.port ?? 0)]);
      return;
    }
    if (heard) return;
    const { host } = wish;
    const told = listenError(error, { syscall: "listen", host, port: request.port ?? 0 });
    // As Node does; and an error that nobody listens for is then an uncaught one, not a rejection.
    process.nextTick(() => server.emit("error", told));
  }
}

/** As Node does before it listens. */
async function addressOf(host: string): Promise<string> {
  return isIP(host) === 0 ? (await lookup(host)).address : host;
}

/** What is left for Node to do when the callback and the signal were seen to. */
function plainOptions({ options, host, backlog }: ListenWish, port: number): object {
  const { path: _path, signal: _signal, ...others } = options;
  return {
    ...others,
    port,
    ...(host === null ? {} : { host }),
    ...(backlog === null ? {} : { backlog }),
  };
}

/** https://nodejs.org/api/net.html#serverlistenoptions-callback: "signal" */
function closeOnAbort(server: Server, signal: AbortSignal): void {
  const close = (): void => void server.close();
  if (signal.aborted) {
    process.nextTick(close);
    return;
  }
  signal.addEventListener("abort", close, { once: true });
  server.once("close", () => signal.removeEventListener("abort", close));
}
