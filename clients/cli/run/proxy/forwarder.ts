// Accepts connections on a leased port and forwards each to the program, which listens elsewhere. Listening with `server` is its
// owner's business, and so is the program.

import { createServer, type Server, type Socket } from "node:net";
import type { Clock, Timers } from "@portlease/client";
import { addressText, connectTo, type ChildAddress } from "./child-address.js";
import { ChildDialer } from "./child-dialer.js";
import { IdleLimit } from "./idle-limit.js";
import { proxyHeader, type ConnectionEnds, type ProxyProtocol } from "./proxy-header.js";
import { highWaterMarkBytes, Relay, reset } from "./relay.js";

export interface ForwarderOptions {
  readonly to: ChildAddress;
  /** How long a connection waits for a program that does not listen, in milliseconds; 0: not at all. */
  readonly waitMs: number;
  /** How long nothing may be passed on, in milliseconds; `null`: for ever. */
  readonly idleMs: number | null;
  /** More connections than these at a time are closed at once. */
  readonly connectionsMax: number;
  /** How the program is told who the peer is; `null`: it is not. */
  readonly proxyProtocol: ProxyProtocol | null;
}

const noteEveryMs = 60_000;

/** A peer that vanished is noticed after this long without a word, so that the program is not left with it for ever. */
const keepAliveMs = 60_000;

export class Forwarder {
  /** Give it to `Lease.listen`. */
  readonly server: Server;
  readonly #options: ForwarderOptions;
  readonly #time: Clock & Timers;
  readonly #note: (text: string) => void;
  readonly #dialer: ChildDialer;
  /** Accepted and not connected yet. */
  readonly #waiting = new Set<Socket>();
  readonly #relays = new Set<Relay>();
  /** Who waits until no connection is left. */
  readonly #drains = new Set<() => void>();
  /** What was said when: the same is not said again and again. */
  readonly #saidAtMs = new Map<string, number>();

  /** `note` is told what operators should know, each thing once a minute at most. */
  constructor(options: ForwarderOptions, time: Clock & Timers, note: (text: string) => void) {
    this.#options = options;
    this.#time = time;
    this.#note = note;
    const connect = (): Socket => connectTo(options.to, highWaterMarkBytes);
    this.#dialer = new ChildDialer({ connect, waitMs: options.waitMs }, time);
    this.server = createServer({
      allowHalfOpen: true,
      highWaterMark: highWaterMarkBytes,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
      noDelay: true,
      pauseOnConnect: true,
    });
    this.server.maxConnections = options.connectionsMax;
    this.server.on("connection", (peer: Socket) => this.#accept(peer));
    // Without descriptors nothing can be accepted; what there is goes on, and later there may be some again.
    this.server.on("error", (error) => {
      if (this.server.listening) this.#say(`a connection could not be accepted: ${error.message}`);
    });
    this.server.on("drop", () => {
      this.#say(`refusing connections beyond ${options.connectionsMax}; see --proxy-connections`);
    });
  }

  /** Those that wait for the program, too. */
  get connectionCount(): number {
    return this.#waiting.size + this.#relays.size;
  }

  /** What waits in this process to be passed on, of all connections. */
  get bufferedBytes(): number {
    return [...this.#relays].reduce((sum, relay) => sum + relay.bufferedBytes, 0);
  }

  /** Takes no more connections; those that there are go on. Idempotent. */
  stopAccepting(): void {
    if (this.server.listening) this.server.close();
  }

  /** Resolves when no connection is left, or after `withinMs`. Takes no more connections. */
  drained(withinMs: number): Promise<void> {
    this.stopAccepting();
    if (this.connectionCount === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.#drains.delete(done);
        resolve();
      };
      const timer = this.#time.after(withinMs, done);
      this.#drains.add(done);
    });
  }

  /** The program has ended: those that wait for it are reset, and what it said last is delivered. */
  async close(withinMs: number): Promise<void> {
    this.#dialer.close();
    for (const relay of this.#relays) relay.finish();
    await this.drained(withinMs);
    for (const relay of this.#relays) relay.reset();
  }

  #accept(peer: Socket): void {
    const ends = endsOf(peer);
    if (ends === null) {
      // It has gone already.
      peer.destroy();
      return;
    }
    this.#waiting.add(peer);
    // It counts as long as it waits; the next word of it comes when somebody listens to it.
    const onError = (): void => undefined;
    peer.on("error", onError);
    this.#dialer.dial({
      connected: (child) => {
        peer.off("error", onError);
        this.#join(peer, child, ends);
      },
      failed: (error) => {
        this.#waiting.delete(peer);
        reset(peer);
        this.#sayFailed(error);
        this.#checkDrained();
      },
    });
  }

  #join(peer: Socket, child: Socket, ends: ConnectionEnds): void {
    this.#waiting.delete(peer);
    if (peer.destroyed) {
      reset(child);
      this.#checkDrained();
      return;
    }
    const { idleMs, proxyProtocol } = this.#options;
    if (proxyProtocol !== null) child.write(proxyHeader(proxyProtocol, ends));
    const idle = new IdleLimit(idleMs, this.#time, () => relay.close());
    const relay = new Relay(peer, child, idle, () => {
      this.#relays.delete(relay);
      this.#checkDrained();
    });
    this.#relays.add(relay);
  }

  #checkDrained(): void {
    if (this.connectionCount > 0) return;
    for (const done of this.#drains) done();
  }

  #sayFailed(error: NodeJS.ErrnoException): void {
    if (error.code === "ECONNABORTED") return;
    this.#say(`a connection was reset: ${addressText(this.#options.to)}: ${error.message}`);
  }

  #say(text: string): void {
    const nowMs = this.#time.monotonicMs();
    const saidAtMs = this.#saidAtMs.get(text);
    if (saidAtMs !== undefined && nowMs - saidAtMs < noteEveryMs) return;
    this.#saidAtMs.set(text, nowMs);
    this.#note(text);
  }
}

/** `null` for a peer that has gone. */
function endsOf({
  remoteAddress,
  remotePort,
  localAddress,
  localPort,
}: Socket): ConnectionEnds | null {
  if (remoteAddress === undefined || remotePort === undefined) return null;
  if (localAddress === undefined || localPort === undefined) return null;
  return {
    peerAddress: remoteAddress,
    peerPort: remotePort,
    ownAddress: localAddress,
    ownPort: localPort,
  };
}
