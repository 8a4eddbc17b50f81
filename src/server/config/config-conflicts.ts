// Finds values that are valid each but do not fit together. Every message names both values and where they came from.
// What concerns times, sizes and pins is in files of their own.

import { accessConflicts } from "./access-conflicts.js";
import type { BrokerConfig, PoolConfig } from "./config.js";
import type { ConfigProblem } from "./config-error.js";
import { bindConflicts } from "./bind-conflicts.js";
import { conflict, told } from "./conflict.js";
import { fleetConflicts } from "./fleet-settings.js";
import { pinConflicts } from "./pin-conflicts.js";
import type { SettingsLayer } from "./settings-layer.js";
import type { ResolvedConfig, SettingSources } from "./resolve-config.js";
import { sizeConflicts } from "./size-conflicts.js";
import { timeConflicts } from "./time-conflicts.js";

export function findConflicts({ config, sources }: ResolvedConfig): readonly ConfigProblem[] {
  return [
    ...config.pools.flatMap((pool) => timeConflicts(pool, sources)),
    ...config.pools.flatMap((pool) => sizeConflicts(pool, sources)),
    ...config.pools.flatMap((pool) => pinConflicts(pool, sources)),
    ...config.pools.flatMap((pool) => isolationConflicts(pool, sources)),
    ...bindConflicts({ config, sources }),
    ...overlappingPools(config, sources),
    ...accessConflicts(config, sources),
    ...fleetConflicts({ config, sources }),
  ];
}

/** Two entries of one layer with the same name: the second would be lost silently. */
export function findTwins({ settings, sourceOf }: SettingsLayer): readonly ConfigProblem[] {
  const pools = settings.pools ?? [];
  return pools.flatMap((pool, index): ConfigProblem[] => {
    const first = pools.findIndex((other) => other.name === pool.name);
    if (first === index) return [];
    const path = `pools[${index}].name`;
    const message = `${path} is "${pool.name}", and so is pools[${first}].name: names must be unique`;
    const source = sourceOf(["pools", index, "name"]);
    return [{ code: "VALUES_CONFLICT", source, path, message }];
  });
}

/** Each port of such a block is a reservation of its own, made again and again; the native layer has the same bound. */
const perLeasePortsMax = 256;

/** Only reservations with tokens can be told apart by port. */
const kindsWithoutTokens: ReadonlySet<PoolConfig["kind"]> = new Set(["administered", "held"]);

function isolationConflicts(pool: PoolConfig, sources: SettingSources): readonly ConfigProblem[] {
  if (pool.isolation !== "per-lease") return [];
  const path = (key: string) => `pools.${pool.name}.${key}`;
  const problems: ConfigProblem[] = [];
  if (pool.size > perLeasePortsMax) {
    const message =
      `${path("isolation")} is per-lease, but ${told(sources, path("size"), pool.size)}: each port is then a reservation of ` +
      `its own, at most ${perLeasePortsMax}; make the pool smaller or use isolation shared`;
    problems.push(conflict(sources, path("isolation"), message));
  }
  if (kindsWithoutTokens.has(pool.kind)) {
    const message =
      `${path("isolation")} is per-lease, but ${told(sources, path("kind"), pool.kind)}: only the kinds persistent and runtime ` +
      "have a token for each port; use one of them, or isolation shared";
    problems.push(conflict(sources, path("isolation"), message));
  }
  return problems;
}

function overlappingPools(config: BrokerConfig, sources: SettingSources): readonly ConfigProblem[] {
  return config.pools.flatMap((pool, index) =>
    config.pools
      .slice(0, index)
      .filter((other) => overlaps(pool, other))
      .map((other) => {
        const path = `pools.${pool.name}.start`;
        const otherPath = `pools.${other.name}.start`;
        const message =
          `${path} is ${pool.start} with ${pool.size} ports, but ` +
          `${told(sources, otherPath, other.start)} with ${other.size} ports: ` +
          `${bothAre(pool, other)} and would share ports; move one of them`;
        return conflict(sources, path, message);
      }),
  );
}

function overlaps(a: PoolConfig, b: PoolConfig): boolean {
  if (typeof a.start !== "number" || typeof b.start !== "number") return false;
  return shareProtocol(a, b) && a.start < b.start + b.size && b.start < a.start + a.size;
}

function shareProtocol(a: PoolConfig, b: PoolConfig): boolean {
  const both = "tcp-and-udp";
  return a.protocol === b.protocol || a.protocol === both || b.protocol === both;
}

function bothAre(a: PoolConfig, b: PoolConfig): string {
  if (a.protocol === b.protocol) return `both are ${a.protocol}`;
  return `one is ${a.protocol}, the other ${b.protocol},`;
}
