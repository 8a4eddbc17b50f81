// Ports of blocks that nobody leases and somebody waits on all the same: what the tables show, before it is known who that is.

import type { PortSighting } from "./audit-boundaries.js";
import type { PortBlock } from "./port-block.js";
import { containsPort } from "./port-range.js";
import type { TransportProtocol } from "./records.js";
import { shareTransport } from "./shared-ports.js";

/** More at once are one thing wrong; who they are is found out for so many. */
export const squattersMax = 64;

export interface Squatter {
  readonly block: PortBlock;
  readonly port: number;
}

export function findSquatters(
  blocks: readonly PortBlock[],
  tables: ReadonlyMap<TransportProtocol, ReadonlyMap<number, PortSighting>>,
): readonly Squatter[] {
  const found: Squatter[] = [];
  for (const [protocol, table] of tables) {
    const candidates = blocks.filter(({ record }) => shareTransport(record.protocol, protocol));
    for (const [port, { listeners }] of table) {
      // What past holders left of their connections passes by itself.
      if (listeners === 0) continue;
      const block = candidates.find(({ record }) => containsPort(record.ports, port));
      if (block === undefined || block.stateOf(port) === "leased") continue;
      if (found.some((other) => other.block === block && other.port === port)) continue;
      found.push({ block, port });
      if (found.length === squattersMax) return found;
    }
  }
  return found;
}
