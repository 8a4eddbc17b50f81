// Hands out port runs that are free now and that no other test process uses at the same time.

import type { HostPorts, ReservedBlock } from "@portlease/native";
import { NativeError } from "@portlease/native";
import { eventually } from "../../support/eventually.js";
import { blockRequest } from "../../support/native-requests.js";

/** Below the dynamic range and below 20000, where blocks are placed that may lie anywhere. */
const firstTestPort = 10_240;
const segmentPorts = 256;
const segmentCount = 37;

export class TestPorts {
  readonly #host: HostPorts;
  readonly #anchor: ReservedBlock;
  #next: number;

  private constructor(host: HostPorts, anchor: ReservedBlock) {
    this.#host = host;
    this.#anchor = anchor;
    this.#next = anchor.firstPort + 1;
  }

  /** Takes a segment of ports for this process by holding its first one. */
  static async open(host: HostPorts): Promise<TestPorts> {
    const first = Math.floor(Math.random() * segmentCount);
    for (let step = 0; step < segmentCount; step += 1) {
      const segment = (first + step) % segmentCount;
      const anchor = await reserveIfFree(host, firstTestPort + segment * segmentPorts, 1);
      if (anchor !== null) return new TestPorts(host, anchor);
    }
    throw new Error("all port segments are in use by other tests");
  }

  /**
   * The first port of a run that is free and clean: no connection of an earlier test is in TIME_WAIT there. Runs are handed out
   * again after the segment is used up. Waits where there is none: a test beside this one may hold ten thousand for a moment.
   */
  take(portCount: number): Promise<number> {
    const look = (): Promise<number | null> => this.#find(portCount);
    return eventually(`${portCount} free ports for the test`, look);
  }

  async #find(portCount: number): Promise<number | null> {
    // There the trial below is enough, and Wine takes milliseconds for each row of the tables.
    const seen = process.platform === "win32" ? [] : await this.#host.observeSockets("tcp");
    const used = new Set(seen.map((socket) => socket.localPort));
    for (let tries = 0; tries < 2 * segmentPorts; tries += 1) {
      const end = this.#anchor.firstPort + segmentPorts;
      if (this.#next + portCount > end) this.#next = this.#anchor.firstPort + 1;
      const firstPort = this.#next;
      const run = Array.from({ length: portCount }, (_, offset) => firstPort + offset);
      const clean = !run.some((port) => used.has(port));
      const block = clean ? await reserveIfFree(this.#host, firstPort, portCount) : null;
      this.#next += block === null ? 1 : portCount;
      if (block === null) continue;
      await block.release();
      return firstPort;
    }
    return null;
  }

  async close(): Promise<void> {
    await this.#anchor.release();
  }
}

/** `null` when a port of the run is taken. */
export async function reserveIfFree(
  host: HostPorts,
  firstPort: number,
  portCount: number,
): Promise<ReservedBlock | null> {
  // What needs no rights and ends with this process.
  const kind = process.platform === "win32" ? "runtime" : "held";
  const run = { kind, firstPort, portCount, leasedPorts: null } as const;
  try {
    return await host.reserveBlock(blockRequest(run));
  } catch (error) {
    if (error instanceof NativeError && error.code === "PORT_TAKEN") return null;
    throw error;
  }
}
