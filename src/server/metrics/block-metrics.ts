// Blocks by kind and state, and what the operating system does not hold of them any more.

import type { Broker } from "../domain/broker.js";
import type { PortBlock } from "../domain/port-block.js";
import { portCountOf } from "../domain/port-range.js";
import type { BlockRecord } from "../domain/records.js";
import type { MetricRegistry, Sample } from "./metric-registry.js";

export type BlockSource = Pick<Broker, "pools" | "blocks" | "driftOf">;

export function addBlockMetrics(registry: MetricRegistry, broker: BlockSource): void {
  registry.gauge(
    "portlease_blocks",
    "Blocks by kind of reservation and state: serving; draining; ambiguous (perhaps somebody else's, an operator has to decide); " +
      "leaving (being given back).",
    ["pool", "kind", "state"],
    () => {
      const { served, idle } = broker.blocks;
      return counted([
        ...served.map(({ record }) => [record, record.draining ? "draining" : "serving"] as const),
        ...idle.map(({ record, state }) => [record, state] as const),
      ]);
    },
  );
  const lostPorts = (count: (block: PortBlock) => number) => (): readonly Sample[] =>
    broker.pools.map(({ policy, blocks }) => ({
      labels: { pool: policy.name },
      value: blocks.reduce((sum, block) => sum + count(block), 0),
    }));
  registry.gauge(
    "portlease_uncovered_ports",
    "Ports that their reservation does not cover now, so that anybody could bind them; leased ones among them.",
    ["pool"],
    lostPorts((block) => block.reservation.uncoveredPorts().length),
  );
  registry.gauge(
    "portlease_drifted_ports",
    "Ports of reservations that the operating system did not find any more when it was last asked.",
    ["pool"],
    lostPorts((block) =>
      (broker.driftOf(block)?.ports ?? []).reduce((sum, ports) => sum + portCountOf(ports), 0),
    ),
  );
}

function counted(blocks: readonly (readonly [BlockRecord, string])[]): readonly Sample[] {
  const counts = new Map<string, { labels: Record<string, string>; value: number }>();
  for (const [{ pool, kind }, state] of blocks) {
    const key = `${pool} ${kind} ${state}`;
    const known = counts.get(key) ?? { labels: { pool, kind, state }, value: 0 };
    known.value += 1;
    counts.set(key, known);
  }
  return [...counts.values()];
}
