// Ports of blocks that were given back while they rested. Reserved again, as part of whatever block, they go on resting. Only in
// memory: after a restart history tells of them.

import type { PortBlock } from "./port-block.js";
import { containsPort } from "./port-range.js";
import type { Protocol } from "./records.js";
import { shareTransport } from "./shared-ports.js";

interface LeftRest {
  readonly protocol: Protocol;
  readonly port: number;
  readonly untilMs: number;
}

export class LeftResting {
  #rests: readonly LeftRest[] = [];

  /** The block is about to be given back. */
  left({ record: { protocol, ports }, rests }: PortBlock, nowMs: number): void {
    const left = Array.from(rests.ends(), ([offset, untilMs]) => ({
      protocol,
      port: ports.firstPort + offset,
      untilMs,
    }));
    this.#rests = [...this.#rests.filter(({ untilMs }) => untilMs > nowMs), ...left];
  }

  /** The block is about to be leased from. */
  goOnIn(block: PortBlock, nowMs: number): void {
    const { protocol, ports } = block.record;
    for (const { protocol: leftIn, port, untilMs } of this.#rests) {
      if (untilMs <= nowMs || !containsPort(ports, port) || !shareTransport(protocol, leftIn))
        continue;
      block.restUnleased({ firstPort: port, lastPort: port }, untilMs - nowMs);
    }
  }
}
