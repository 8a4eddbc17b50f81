// Two connected sockets joined: what one sends goes to the other, as fast as the slower of both takes it. An end is passed on as
// an end, a reset as a reset. Who they are, and when to connect, is forwarder.ts.

import type { Socket } from "node:net";
import type { IdleLimit } from "./idle-limit.js";

/**
 * Of one direction of a connection so much may wait on each side in this process, in bytes, apart from one read (64 KiB at most):
 * what was read, and what the system does not take yet. Larger ones did not make it faster (docs/performance.md).
 */
export const highWaterMarkBytes = 64 * 1024;

export class Relay {
  readonly #peer: Socket;
  readonly #child: Socket;
  readonly #idle: IdleLimit;
  readonly #ended: () => void;
  #open = 2;

  /** Both are connected and paused, and not listened to yet. `ended` is called once, when both are closed. */
  constructor(peer: Socket, child: Socket, idle: IdleLimit, ended: () => void) {
    this.#peer = peer;
    this.#child = child;
    this.#idle = idle;
    this.#ended = ended;
    this.#pass(peer, child);
    this.#pass(child, peer);
  }

  /** What was read from one side and not taken by the system for the other one yet. */
  get bufferedBytes(): number {
    return [this.#peer, this.#child].reduce(
      (sum, { readableLength, writableLength }) => sum + readableLength + writableLength,
      0,
    );
  }

  /** The program has gone: the peer gets what was read from it, and is not waited for any longer. */
  finish(): void {
    if (this.#peer.writableFinished) this.close();
    else this.#peer.once("finish", () => this.close());
  }

  /** Ends it without waiting for what is under way. */
  reset(): void {
    reset(this.#peer);
    reset(this.#child);
  }

  /** Ends a connection on which nothing happens: to both sides the other one has gone. */
  close(): void {
    this.#peer.destroy();
    this.#child.destroy();
  }

  #pass(from: Socket, to: Socket): void {
    from.on("data", (chunk: Buffer) => {
      this.#idle.touch();
      if (!to.write(chunk)) from.pause();
    });
    to.on("drain", () => {
      this.#idle.touch();
      from.resume();
    });
    from.on("end", () => to.end());
    // What a program would see that talks to the other side directly, as far as Node can say it.
    from.on("error", () => reset(to));
    from.once("close", () => {
      this.#open -= 1;
      if (this.#open > 0) return;
      this.#idle.stop();
      this.#ended();
    });
    from.resume();
  }
}

/** Ends with a reset where the transport has one: https://nodejs.org/api/net.html#socketresetanddestroy */
export function reset(socket: Socket): void {
  const isTcp = socket.remotePort !== undefined;
  if (isTcp && !socket.destroyed) socket.resetAndDestroy();
  else socket.destroy();
}
