// What the bound sockets of every platform have in common: a descriptor that is closed or given away once, and is then another's.

import type { BoundSocket } from "./host-ports.js";

export abstract class OwnedSocket implements BoundSocket {
  readonly descriptor: number;
  readonly port: number;
  readonly #close: (descriptor: number) => void;
  #state: "owned" | "detached" | "closed" = "owned";

  constructor(descriptor: number, port: number, close: (descriptor: number) => void) {
    this.descriptor = descriptor;
    this.port = port;
    this.#close = close;
  }

  abstract prepareListen(): void;
  abstract listen(backlog: number): void;

  detach(): void {
    this.assertOwned("detach");
    this.#state = "detached";
  }

  close(): void {
    if (this.#state !== "owned") return;
    this.#state = "closed";
    this.#close(this.descriptor);
  }

  /** A descriptor that was closed may be another file's or socket's by now. */
  protected assertOwned(call: string): void {
    if (this.#state === "owned") return;
    throw new Error(`${call} on the socket of port ${this.port}, which is ${this.#state}`);
  }
}
