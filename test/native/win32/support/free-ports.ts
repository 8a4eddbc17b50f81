// Hands out port runs that nobody uses now, on the Windows host of the tests. Other test processes take others: the place
// where it starts is random.

import type { HostPorts } from "@portlease/native";

/** Above where blocks without a place are put first, below the dynamic ranges of Linux and Windows. */
const firstTestPort = 24_000;
const lastTestPort = 32_000;

export class FreePorts {
  readonly #host: HostPorts;
  #next = firstTestPort + Math.floor(Math.random() * (lastTestPort - firstTestPort));

  constructor(host: HostPorts) {
    this.#host = host;
  }

  /** The first of `portCount` ports, which are not handed out again soon. */
  take(portCount: number): number {
    for (let tries = 0; tries < lastTestPort - firstTestPort; tries += 1) {
      if (this.#next + portCount > lastTestPort) this.#next = firstTestPort;
      const firstPort = this.#next;
      const run = Array.from({ length: portCount }, (_, offset) => firstPort + offset);
      const free = run.every((port) => this.#isFree(port));
      // One port stays between two runs, so that what overflows one is seen.
      this.#next += free ? portCount + 1 : 1;
      if (free) return firstPort;
    }
    throw new Error(`no ${portCount} free ports for the test`);
  }

  #isFree(port: number): boolean {
    return (["tcp", "udp"] as const).every((protocol) =>
      ["127.0.0.1", "0.0.0.0", "::"].every(
        (address) => this.#host.tryBind(protocol, address, port).bound,
      ),
    );
  }
}
