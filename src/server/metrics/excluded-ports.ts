// How many ports the operating system keeps out of its own picks, looked up seldom: on Windows a program is run for that.

import type { Clock, PortRun } from "../domain/boundaries.js";
import type { TransportProtocol } from "../domain/records.js";
import type { Sample } from "./metric-registry.js";

/** Such ranges change when the host starts, or an operator or Hyper-V makes one. */
const freshMs = 60_000;

/** `null`: not known. */
export type ReadExcludedRanges = (
  protocol: TransportProtocol,
) => Promise<readonly PortRun[] | null>;

export class ExcludedPorts {
  readonly #read: ReadExcludedRanges;
  readonly #clock: Pick<Clock, "monotonicMs">;
  #samples: Promise<readonly Sample[]> | null = null;
  #readMs = -Infinity;

  constructor(read: ReadExcludedRanges, clock: Pick<Clock, "monotonicMs">) {
    this.#read = read;
    this.#clock = clock;
  }

  /** At most a minute old; without what is not known. Never rejects. */
  samples(): Promise<readonly Sample[]> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#samples === null || nowMs - this.#readMs > freshMs) {
      this.#readMs = nowMs;
      this.#samples = this.#look();
    }
    return this.#samples;
  }

  async #look(): Promise<readonly Sample[]> {
    const samples: Sample[] = [];
    for (const protocol of ["tcp", "udp"] as const) {
      const ranges = await this.#read(protocol).catch(() => null);
      if (ranges !== null) samples.push({ labels: { protocol }, value: portsIn(ranges) });
    }
    return samples;
  }
}

/** Ranges may overlap. */
function portsIn(ranges: readonly PortRun[]): number {
  const inOrder = ranges.toSorted((a, b) => a.firstPort - b.firstPort);
  let count = 0;
  let nextPort = 0;
  for (const { firstPort, portCount } of inOrder) {
    const endPort = firstPort + portCount;
    count += Math.max(0, endPort - Math.max(firstPort, nextPort));
    nextPort = Math.max(nextPort, endPort);
  }
  return count;
}
