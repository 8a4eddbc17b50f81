// Numbers of ports of a pool that do not fit together: its size, how far and in which steps it grows, and what is set apart.

import type { PoolConfig } from "./config.js";
import type { ConfigProblem } from "./config-error.js";
import { conflict, told } from "./conflict.js";
import type { SettingSources } from "./resolve-config.js";

const portMax = 65_535;

export function sizeConflicts(pool: PoolConfig, sources: SettingSources): readonly ConfigProblem[] {
  return [...countConflicts(pool, sources), ...growthConflicts(pool, sources)];
}

function growthConflicts(pool: PoolConfig, sources: SettingSources): readonly ConfigProblem[] {
  const path = (key: string) => `pools.${pool.name}.${key}`;
  const sizeTold = told(sources, path("size"), pool.size);
  if (pool.sizeMax < pool.size) {
    const message =
      `${path("maxSize")} is ${pool.sizeMax}, but ${sizeTold}: a pool begins with size ports and grows from there; ` +
      "raise maxSize, or leave it out for a pool that does not grow";
    return [conflict(sources, path("maxSize"), message)];
  }
  const room = pool.sizeMax - pool.size;
  // What a pool that does not grow would grow by is nobody's business.
  if (room === 0 || pool.growBy <= room) return [];
  const message =
    `${path("growBy")} is ${pool.growBy}, but ${told(sources, path("maxSize"), pool.sizeMax)} and ${sizeTold}: ` +
    `there is room for ${room} more ports, so the pool could never grow; lower growBy or raise maxSize`;
  return [conflict(sources, path("growBy"), message)];
}

function countConflicts(pool: PoolConfig, sources: SettingSources): readonly ConfigProblem[] {
  const path = (key: string) => `pools.${pool.name}.${key}`;
  const problems: ConfigProblem[] = [];
  if (pool.portCountMax > pool.size) {
    const what = `${path("maxPortCount")} is ${pool.portCountMax}, but ${told(sources, path("size"), pool.size)}`;
    const message = `${what}: a lease cannot have more ports than its pool; lower maxPortCount`;
    problems.push(conflict(sources, path("maxPortCount"), message));
  }
  if (typeof pool.start === "number" && pool.start + pool.size - 1 > portMax) {
    const what = `${path("start")} is ${pool.start}, and ${told(sources, path("size"), pool.size)}`;
    const highest = portMax - pool.size + 1;
    const message = `${what}: the last port would be above ${portMax}; start at ${highest} or below`;
    problems.push(conflict(sources, path("start"), message));
  }
  if (pool.staticPorts > pool.size) {
    const what = `${path("staticPorts")} is ${pool.staticPorts}, but ${told(sources, path("size"), pool.size)}`;
    const message = `${what}: they are the first ports of the pool; lower staticPorts`;
    problems.push(conflict(sources, path("staticPorts"), message));
  }
  return problems;
}
