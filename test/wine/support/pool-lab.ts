// What a suite about the emulated pool needs and must give back: free ports, a machine, and Windows processes on it.

import { openHostPorts } from "@portlease/native";
import { TestPorts } from "../../native/support/test-ports.js";
import { PoolCaller, type PoolCallerOptions } from "./pool-caller.js";
import { PortPool } from "./port-pool.js";

export class PoolLab {
  readonly pool: PortPool;
  readonly #ports: TestPorts;
  readonly #callers: PoolCaller[] = [];

  private constructor(pool: PortPool, ports: TestPorts) {
    this.pool = pool;
    this.#ports = ports;
  }

  static async open(): Promise<PoolLab> {
    const [pool, ports] = await Promise.all([PortPool.open(), TestPorts.open(openHostPorts())]);
    return new PoolLab(pool, ports);
  }

  /** The first of some free ports that no other test uses. */
  take(portCount: number): Promise<number> {
    return this.#ports.take(portCount);
  }

  /** A Windows process that calls what the lab emulates. */
  async caller(options: Omit<PoolCallerOptions, "pool"> = {}): Promise<PoolCaller> {
    const caller = await PoolCaller.start({ pool: this.pool, ...options });
    this.#callers.push(caller);
    return caller;
  }

  async close(): Promise<void> {
    await Promise.all(this.#callers.map((caller) => caller.stop()));
    this.pool.close();
    await this.#ports.close();
  }
}
