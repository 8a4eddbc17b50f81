// What is decided about a connection before anything of it was read: whether there is room for it; and how long it may keep quiet.

import type { Socket } from "node:net";
import { isLoopback } from "../config/listen-address.js";
import type { TransportLimits } from "./limits.js";

/** The preface of a client, 24 octets, and the head of the SETTINGS frame that must follow, 9: RFC 9113, sections 3.4 and 4.1. */
const firstWordsBytes = 33;

export class AcceptLimits {
  #limits: TransportLimits;
  readonly #perAddress = new Map<string, number>();
  #open = 0;

  constructor(limits: TransportLimits) {
    this.#limits = limits;
  }

  /** For connections from now on; those that are open stay, also above the limits. */
  change(limits: TransportLimits): void {
    this.#limits = limits;
  }

  /** How many connections are open now. */
  get open(): number {
    return this.#open;
  }

  /** Counts the connection until it closes; `null`: there is room. Else why there is none, and nothing is counted. */
  admit(socket: Socket): string | null {
    const { connectionsMax, connectionsPerAddressMax } = this.#limits;
    const address = socket.remoteAddress ?? "";
    const others = this.#perAddress.get(address) ?? 0;
    if (this.#open >= connectionsMax) return `limits.connections is ${connectionsMax}`;
    if (isForeign(address) && others >= connectionsPerAddressMax) {
      return `limits.connectionsPerAddress is ${connectionsPerAddressMax}`;
    }
    this.#open += 1;
    this.#perAddress.set(address, others + 1);
    socket.once("close", () => this.#closed(address));
    return null;
  }

  #closed(address: string): void {
    this.#open -= 1;
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
  }
}

function isForeign(address: string): boolean {
  return address !== "" && !isLoopback(address);
}

/** Closes a connection that has not begun to speak HTTP/2 by then; one that has is watched by keepalive pings. */
export function closeIfSilent(socket: Socket, withinMs: number): void {
  const timer = setTimeout(() => {
    if (socket.bytesRead < firstWordsBytes) socket.destroy();
  }, withinMs);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
}
