// Hands ports over by forwarding: this process listens on the leased ports, and the program on a private port or socket, which it
// finds where programs look for their port anyway. The connections are forwarder.ts.

import type { Clock, Timers } from "@portlease/client";
import { systemTime } from "../system-time.js";
import type { ChildStart, Handover, HandoverWay, LeasedPort } from "../handover.js";
import { addressText, type ChildAddress } from "./child-address.js";
import { Forwarder } from "./forwarder.js";
import { choosePrivatePort } from "./private-port.js";
import { makePrivateSocket } from "./private-socket.js";
import type { ProxyOptions, ProxyTarget } from "./proxy-options.js";

/** How long what the program said last may take to its peers once it has ended. */
const lastWordsMsMax = 5_000;

/** Signals that ask a program to end in order. */
const ending: ReadonlySet<NodeJS.Signals> = new Set(["SIGTERM", "SIGINT"]);

/** Where the program listens. */
interface ChildPlace {
  readonly address: ChildAddress;
  /** Before each start. */
  readonly clear: () => void;
  readonly close: () => Promise<void>;
}

export function proxyWay(options: ProxyOptions, time: Clock & Timers = systemTime): HandoverWay {
  return {
    name: "proxy",
    binds: true,
    open: async (ports, { address, note }) => {
      const host = address === null ? {} : { host: address };
      const handover = new ProxyHandover(options, time, note);
      try {
        for (const leased of ports) {
          const forwarder = await handover.add(leased);
          await leased.lease.listen(forwarder.server, { port: leased.port, ...host });
        }
        return handover;
      } catch (error) {
        await handover.close();
        throw error;
      }
    },
  };
}

class ProxyHandover implements Handover {
  readonly keepsPorts = true;
  readonly #options: ProxyOptions;
  readonly #time: Clock & Timers;
  readonly #note: (text: string) => void;
  readonly #ports: LeasedPort[] = [];
  readonly #places: ChildPlace[] = [];
  readonly #forwarders: Forwarder[] = [];
  #draining = false;

  constructor(options: ProxyOptions, time: Clock & Timers, note: (text: string) => void) {
    this.#options = options;
    this.#time = time;
    this.#note = note;
  }

  /** The forwarder of one more port, which does not listen yet. */
  async add(leased: LeasedPort): Promise<Forwarder> {
    const place = await placeFor(this.#options.to);
    this.#places.push(place);
    this.#ports.push(leased);
    const options = { ...this.#options, to: place.address };
    const forwarder = new Forwarder(options, this.#time, this.#note);
    this.#forwarders.push(forwarder);
    this.#note(`port ${leased.port} is forwarded to ${addressText(place.address)}`);
    return forwarder;
  }

  prepare(): Promise<ChildStart> {
    for (const { clear } of this.#places) clear();
    const programPorts = this.#places.map(({ address }, index) =>
      address.kind === "tcp" ? address.port : (this.#ports[index]?.port ?? 0),
    );
    const [first] = this.#places;
    if (first?.address.kind !== "path") {
      return Promise.resolve({ environment: {}, descriptors: [], programPorts });
    }
    const { path } = first.address;
    // A path in PORT is what listen() of Node takes, and what other hosts of programs give them:
    // https://github.com/Azure/iisnode
    const environment = { PORT: path, PORTLEASE_SOCKET: path };
    return Promise.resolve({ environment, descriptors: [], programPorts, socketPath: path });
  }

  started(): void {
    // Its connections are held until it listens.
  }

  ended(): void {
    // Its connections ended with it; new ones are held until it is back.
  }

  signalled(signal: NodeJS.Signals, pass: () => void): void {
    // The second one says "now".
    if (!ending.has(signal) || this.#draining) {
      pass();
      return;
    }
    this.#draining = true;
    const { drainMs } = this.#options;
    for (const forwarder of this.#forwarders) forwarder.stopAccepting();
    const open = this.#forwarders.reduce((sum, { connectionCount }) => sum + connectionCount, 0);
    if (open > 0 && drainMs > 0) {
      this.#note(
        `${signal}: no more connections are taken; the program gets it when the ${open} open ones have ended, ` +
          `or in ${drainMs} ms (--proxy-drain)`,
      );
    }
    void Promise.all(this.#forwarders.map((forwarder) => forwarder.drained(drainMs))).then(pass);
  }

  async close(): Promise<void> {
    await Promise.all(this.#forwarders.map((forwarder) => forwarder.close(lastWordsMsMax)));
    await Promise.all(this.#places.map(({ close }) => close()));
  }
}

async function placeFor(to: ProxyTarget): Promise<ChildPlace> {
  if (to === "port") {
    const { port, close } = await choosePrivatePort();
    return { address: { kind: "tcp", host: "localhost", port }, clear: () => undefined, close };
  }
  if (to === "socket") {
    const { path, clear, close } = makePrivateSocket();
    return { address: { kind: "path", path }, clear, close: () => Promise.resolve(close()) };
  }
  return { address: to, clear: () => undefined, close: () => Promise.resolve() };
}
