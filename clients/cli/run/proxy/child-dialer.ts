// Connections to the program behind `--proxy`, also while it does not listen yet or is being restarted: those who want one
// wait, and one of them tries for all. What is done with a connection is its caller's business.

import type { Socket } from "node:net";
import type { Timer, Timers } from "@portlease/client";

export interface DialOptions {
  /** Begins to connect. */
  readonly connect: () => Socket;
  /** How long a connection waits for a program that does not listen, in milliseconds; 0: not at all. */
  readonly waitMs: number;
}

/** Who wants a connection. One of both is called, once, and never before `dial` has returned. */
export interface Caller {
  /** From here on the socket and its errors are the caller's. */
  readonly connected: (socket: Socket) => void;
  /** Nobody listened in time, the system refused for another reason, or the dialer was closed. */
  readonly failed: (error: NodeJS.ErrnoException) => void;
}

/** A connection under way to a program that does listen has this long even where nothing is waited for. */
const connectMsMax = 5_000;

/** A program that begins to listen is noticed this soon, and one that stays away is asked this often. */
const retryMsMin = 20;
const retryMsMax = 500;

/**
 * Nobody listens there now. ENOENT: no Unix socket or pipe of that name; EAGAIN: a Unix socket whose backlog is full
 * (https://man7.org/linux/man-pages/man2/connect.2.html).
 */
const notListening: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EAGAIN",
]);

interface Waiter extends Caller {
  readonly deadline: Timer;
  /** Its own connection under way; `null` while another one tries. */
  attempt: Socket | null;
}

type Belief =
  | { readonly t: "listening" }
  /** `retry` is `null` while the one that tries for all is connecting. */
  | { readonly t: "away"; readonly retryMs: number; readonly retry: Timer | null };

const listening: Belief = { t: "listening" };

export class ChildDialer {
  readonly #options: DialOptions;
  readonly #timers: Timers;
  readonly #waiters = new Set<Waiter>();
  #belief: Belief = listening;
  #closed = false;

  constructor(options: DialOptions, timers: Timers) {
    this.#options = options;
    this.#timers = timers;
  }

  dial(caller: Caller): void {
    if (this.#closed) {
      process.nextTick(caller.failed, ended());
      return;
    }
    const withinMs = this.#options.waitMs === 0 ? connectMsMax : this.#options.waitMs;
    const deadline = this.#timers.after(withinMs, () => this.#timeOut(waiter, withinMs));
    const waiter: Waiter = { ...caller, deadline, attempt: null };
    this.#waiters.add(waiter);
    if (this.#belief.t === "listening") this.#try(waiter);
  }

  /** Fails all that wait, and all that come. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters) this.#fail(waiter, ended());
  }

  #try(waiter: Waiter): void {
    const socket = this.#options.connect();
    waiter.attempt = socket;
    const onError = (error: NodeJS.ErrnoException): void => {
      socket.off("connect", onConnect);
      if (!this.#waiters.has(waiter)) return;
      waiter.attempt = null;
      if (notListening.has(error.code ?? "") && this.#options.waitMs > 0) this.#refused();
      else this.#fail(waiter, error);
    };
    const onConnect = (): void => {
      if (isItsOwnPeer(socket)) {
        // Not closed in order: the address would stay taken for a minute.
        socket.resetAndDestroy();
        onError(connectedToItself());
        return;
      }
      socket.off("error", onError);
      this.#waiters.delete(waiter);
      waiter.deadline.cancel();
      waiter.connected(socket);
      this.#accepted();
    };
    socket.once("error", onError);
    socket.once("connect", onConnect);
  }

  #refused(): void {
    const belief = this.#belief;
    // Several were under way, and the first of them arranged for the next try.
    if (belief.t === "away" && belief.retry !== null) return;
    const retryMs = belief.t === "away" ? Math.min(belief.retryMs * 2, retryMsMax) : retryMsMin;
    const retry = this.#timers.after(retryMs, () => {
      this.#belief = { t: "away", retryMs, retry: null };
      this.#tryForAll();
    });
    this.#belief = { t: "away", retryMs, retry };
  }

  #accepted(): void {
    this.#believeListening();
    for (const waiter of this.#waiters) if (waiter.attempt === null) this.#try(waiter);
  }

  #tryForAll(): void {
    const [first] = this.#waiters;
    // With nobody left to try for, the next one finds out by itself.
    if (first === undefined) this.#believeListening();
    else this.#try(first);
  }

  #believeListening(): void {
    if (this.#belief.t === "away") this.#belief.retry?.cancel();
    this.#belief = listening;
  }

  #timeOut(waiter: Waiter, withinMs: number): void {
    const message = `the program did not listen within ${withinMs} ms`;
    this.#fail(waiter, Object.assign(new Error(message), { code: "ETIMEDOUT" }));
  }

  #fail(waiter: Waiter, error: NodeJS.ErrnoException): void {
    this.#waiters.delete(waiter);
    waiter.deadline.cancel();
    const tried = waiter.attempt !== null;
    waiter.attempt?.destroy();
    waiter.failed(error);
    const isAsking = this.#belief.t === "away" && this.#belief.retry === null;
    if (this.#waiters.size === 0 || (tried && isAsking)) this.#tryForAll();
  }
}

/**
 * A connection to a port that nobody listens on may get that very port for its own end, where systems pick ports from, and TCP then
 * connects it to itself (simultaneous open, https://www.rfc-editor.org/rfc/rfc9293#section-3.5). A program could not listen there any more.
 */
function isItsOwnPeer({ localAddress, localPort, remoteAddress, remotePort }: Socket): boolean {
  return localPort !== undefined && localPort === remotePort && localAddress === remoteAddress;
}

function connectedToItself(): NodeJS.ErrnoException {
  const message = "the program does not listen, and the connection was made to itself";
  return Object.assign(new Error(message), { code: "ECONNREFUSED" });
}

function ended(): NodeJS.ErrnoException {
  return Object.assign(new Error("the program has ended"), { code: "ECONNABORTED" });
}
