// What pools have: ports by state, how far they may grow, the longest run that is left, and who waits.

import type { Broker } from "../domain/broker.js";
import type { Pool } from "../domain/pool.js";
import type { MetricRegistry, Sample } from "./metric-registry.js";

export type PoolSource = Pick<Broker, "pools" | "waiterCountOf">;

export function addPoolMetrics(registry: MetricRegistry, broker: PoolSource): void {
  const each = (read: (pool: Pool) => number) => (): readonly Sample[] =>
    broker.pools.map((pool) => ({ labels: { pool: pool.policy.name }, value: read(pool) }));

  registry.gauge(
    "portlease_pool_ports",
    "Ports of a pool by state: free; pinned (free, for one service alone); leased; quarantined (resting between two holders); " +
      "unavailable (somebody without a lease is bound to it, or it could not be reserved); draining (free in a block that is being " +
      "drained, so that nobody gets it).",
    ["pool", "state"],
    () => broker.pools.flatMap(portsByState),
  );
  registry.gauge(
    "portlease_pool_size_ports",
    "Ports of a pool now, all of its blocks together.",
    ["pool"],
    each((pool) => pool.usage().total),
  );
  registry.gauge(
    "portlease_pool_max_ports",
    "Ports to which a pool grows by itself at most; what operators add by hand comes on top.",
    ["pool"],
    each(({ policy }) => policy.sizeMax),
  );
  registry.gauge(
    "portlease_pool_largest_free_run_ports",
    "Consecutive ports of the longest run that a service without pins could lease now.",
    ["pool"],
    each((pool) => Math.max(0, ...grantingBlocks(pool).map((block) => block.longestFreeRun()))),
  );
  registry.gauge(
    "portlease_pool_waiting_requests",
    "Requests that wait in line for ports of a pool.",
    ["pool"],
    each(({ policy }) => broker.waiterCountOf(policy.name)),
  );
}

function grantingBlocks(pool: Pool): Pool["blocks"] {
  return pool.blocks.filter(({ record }) => !record.draining);
}

function portsByState(pool: Pool): readonly Sample[] {
  const states = { free: 0, pinned: 0, leased: 0, quarantined: 0, unavailable: 0, draining: 0 };
  for (const block of pool.blocks) {
    const usage = block.usage();
    states.leased += usage.leased;
    states.quarantined += usage.quarantined;
    states.unavailable += usage.unavailable;
    if (block.record.draining) states.draining += usage.free;
    else {
      states.pinned += block.pinnedFreeCount;
      states.free += usage.free - block.pinnedFreeCount;
    }
  }
  const { name } = pool.policy;
  return Object.entries(states).map(([state, value]) => ({ labels: { pool: name, state }, value }));
}
