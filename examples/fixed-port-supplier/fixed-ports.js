// Fixed host ports for tests that start containers, or other programs that bind a port by its number. The pool must be one with
// `bind: plain`: of other pools only the lessee itself can bind the ports, and Docker's proxy is another program.

import { LeaseClient } from "@portlease/client";

const pool = "tests";
/** Tests of other runs may have all ports at the moment. */
const maxWaitMs = 60_000;

export class FixedPorts {
  #client = new LeaseClient();

  /**
   * Resolves with that many consecutive ports. They are nobody else's until `close`, whether something is bound to them or
   * not: a container that restarts finds its port again. Waits up to a minute for free ones.
   */
  async take(portCount = 1) {
    const lease = await this.#client.acquire({
      service: "fixed-ports",
      pool,
      portCount,
      maxWaitMs,
    });
    return lease.ports;
  }

  /** Gives all ports back. Stop the containers before: a port that is still bound is leased to nobody. */
  close() {
    return this.#client.close();
  }
}
