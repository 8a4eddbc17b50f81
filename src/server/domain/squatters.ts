// Ports of blocks that nobody leases and somebody waits on all the same: what the tables show, before it is known who that is.

import type { PortSighting } from "./audit-boundaries.js";
import type { PortBlock } from "./port-block.js";
import { containsPort } from "./port-range.js";
import type { TransportProtocol } from "./records.js";
import { shareTransport } from "./shared-ports.js";
import type { Slices } from "./slices.js";

/** More at once are one thing wrong; who they are is found out for so many. */
const squattersMax = 64;

export interface Squatter {
  readonly block: PortBlock;
  readonly port: number;
}

export async function findSquatters(
  blocks: readonly PortBlock[],
  tables: ReadonlyMap<TransportProtocol, ReadonlyMap<number, PortSighting>>,
  slices: Slices,
): Promise<readonly Squatter[]> {
  const found: Squatter[] = [];
  for (const [protocol, table] of tables) {
    const candidates = blocks.filter(({ record }) => shareTransport(record.protocol, protocol));
    await slices.visit(table, ([port, { listeners }]) => {
      // What past holders left of their connections passes by itself.
      if (listeners === 0) return;
      const block = candidates.find(({ record }) => containsPort(record.ports, port));
      if (block === undefined || block.stateOf(port) === "leased") return;
      if (found.some((other) => other.block === block && other.port === port)) return;
      found.push({ block, port });
      return found.length === squattersMax ? "enough" : undefined;
    });
  }
  return found;
}
