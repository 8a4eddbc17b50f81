// Pins that cannot be kept: on ports that the pool may not get, does not have, or has given away already.

import type { PoolConfig } from "./config.js";
import type { ConfigProblem } from "./config-error.js";
import { conflict, told } from "./conflict.js";
import type { SettingSources } from "./resolve-config.js";

export function pinConflicts(pool: PoolConfig, sources: SettingSources): readonly ConfigProblem[] {
  const path = `pools.${pool.name}.pins`;
  const startPath = `pools.${pool.name}.start`;
  const { start, size, pins } = pool;
  if (pins.length > 0 && typeof start !== "number") {
    const message =
      `${path} has ports, but ${told(sources, startPath, start)}: nobody knows which ports the pool will have; ` +
      "give the pool a first port as start, or remove the pins";
    return [conflict(sources, path, message)];
  }
  return pins.flatMap(({ port }, index) => {
    const what = `${path}[${index}].port is ${port}`;
    const firstIndex = pins.findIndex((other) => other.port === port);
    if (firstIndex < index) {
      const message = `${what}, and so is ${path}[${firstIndex}].port: a port has one pin; remove one of them`;
      return [conflict(sources, path, message)];
    }
    if (typeof start !== "number" || (port >= start && port < start + size)) return [];
    const message =
      `${what}, but ${told(sources, startPath, start)} with ${size} ports: ` +
      `the pool has ports ${start} to ${start + size - 1}; pin one of those`;
    return [conflict(sources, path, message)];
  });
}
