// Times of a pool that do not fit together: a lease's bounds, its bound in a crowded pool, and the rest between two holders.

import type { PoolConfig } from "./config.js";
import type { ConfigProblem } from "./config-error.js";
import { conflict, told } from "./conflict.js";
import { formatDuration } from "./duration.js";
import type { SettingSources } from "./resolve-config.js";

export function timeConflicts(pool: PoolConfig, sources: SettingSources): readonly ConfigProblem[] {
  return [...ttlConflicts(pool, sources), ...quarantineConflicts(pool, sources)];
}

const rising = "ttl.min, ttl.default and ttl.max must rise";

function isCrowded(...keys: readonly string[]): boolean {
  return keys.includes("crowded");
}

function ttlConflicts(pool: PoolConfig, sources: SettingSources): readonly ConfigProblem[] {
  const path = (key: string) => `pools.${pool.name}.ttl.${key}`;
  // With bounds that contradict each other nothing can be said of what lies between.
  const bounds = { low: "min", lowMs: pool.ttlMinMs, high: "max", highMs: pool.ttlMaxMs };
  const pairs = [
    bounds,
    { low: "min", lowMs: pool.ttlMinMs, high: "default", highMs: pool.ttlDefaultMs },
    { low: "default", lowMs: pool.ttlDefaultMs, high: "max", highMs: pool.ttlMaxMs },
    { low: "min", lowMs: pool.ttlMinMs, high: "crowded", highMs: pool.ttlCrowdedMs },
    { low: "crowded", lowMs: pool.ttlCrowdedMs, high: "max", highMs: pool.ttlMaxMs },
  ];
  return (bounds.lowMs > bounds.highMs ? [bounds] : pairs)
    .filter(({ lowMs, highMs }) => lowMs > highMs)
    .map(({ low, lowMs, high, highMs }) =>
      conflict(
        sources,
        path(low),
        `${path(low)} is ${formatDuration(lowMs)}, but ` +
          `${told(sources, path(high), formatDuration(highMs))}: ` +
          `${isCrowded(low, high) ? "ttl.crowded must lie between ttl.min and ttl.max" : rising}; ` +
          "lower the first or raise the second",
      ),
    );
}

function quarantineConflicts(pool: PoolConfig, sources: SettingSources): readonly ConfigProblem[] {
  if (pool.quarantineFloorMs <= pool.quarantineMs) return [];
  const path = `pools.${pool.name}.quarantineFloor`;
  const quarantinePath = `pools.${pool.name}.quarantine`;
  const message =
    `${path} is ${formatDuration(pool.quarantineFloorMs)}, but ` +
    `${told(sources, quarantinePath, formatDuration(pool.quarantineMs))}: the floor is how far a rest may be cut; ` +
    "lower quarantineFloor or raise quarantine";
  return [conflict(sources, path, message)];
}
