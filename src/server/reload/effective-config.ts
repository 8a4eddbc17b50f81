// The configuration as it counts now: what was configured, and over it what operators changed of pools, each value with its source.

import type { BrokerConfig, PoolConfig } from "../config/config.js";
import { formatDuration } from "../config/duration.js";
import type { SettingSources } from "../config/resolve-config.js";
import { showConfig, type ShownConfig, type ShownPool, showPool } from "../config/shown-config.js";
import { everyService } from "../domain/pool-adjustment.js";
import type { Misfit } from "../domain/adjusted-policy.js";
import type { PoolPolicy } from "../domain/pool-policy.js";
import type { AdjustedPolicy, PoolAdjustment } from "../domain/records.js";

export interface EffectiveConfig {
  readonly config: ShownConfig;
  /** "flag", "environment", "file", "default" or "operator", by the path in `config`, such as "pools[0].ttl.min". */
  readonly sources: Readonly<Record<string, string>>;
}

/** What is to be known of a pool, by its name. */
export interface PoolState {
  readonly policy: PoolPolicy;
  readonly adjustment: PoolAdjustment;
  readonly misfits: readonly Misfit[];
}

export function effectiveConfig(
  config: BrokerConfig,
  sources: SettingSources,
  stateOf: (pool: string) => PoolState | null,
): EffectiveConfig {
  const kinds: Record<string, string> = {};
  const indexes = new Map(config.pools.map(({ name }, index) => [name, index]));
  for (const [path, { kind }] of sources) kinds[indexed(path, indexes)] = kind;
  const pools = config.pools.map((pool, index) => {
    const state = stateOf(pool.name);
    if (state === null) return showPool(pool);
    for (const key of adjustedKeys(state)) kinds[`pools[${index}].${key}`] = "operator";
    return showAdjusted(pool, state.policy);
  });
  return { config: { ...showConfig(config), pools }, sources: kinds };
}

/** "pools.default.size" is "pools[0].size" in the document. */
function indexed(path: string, indexes: ReadonlyMap<string, number>): string {
  return path.replace(/^pools\.([^.]+)\./, (_whole, name: string) => {
    return `pools[${indexes.get(name) ?? 0}].`;
  });
}

/** The values of a pool that operators can change, as they count. */
function showAdjusted(pool: PoolConfig, policy: PoolPolicy): ShownPool {
  const { quota } = policy;
  return {
    ...showPool(pool),
    maxSize: policy.sizeMax,
    pick: policy.pickPolicy,
    pins: policy.pins.map(({ port, service, instance }) => ({ port, service, instance })),
    quota: { perService: quota.perService, services: Object.fromEntries(quota.services) },
    ttl: {
      default: formatDuration(policy.ttlDefaultMs),
      min: formatDuration(policy.ttlMinMs),
      max: formatDuration(policy.ttlMaxMs),
      crowded: formatDuration(policy.ttlCrowdedMs),
    },
    quarantine: formatDuration(policy.quarantineMs),
    quarantineFloor: formatDuration(policy.quarantineFloorMs),
    maxPortCount: policy.portCountMax,
  };
}

const keys: Readonly<Record<keyof AdjustedPolicy, string>> = {
  ttlDefaultMs: "ttl.default",
  ttlMinMs: "ttl.min",
  ttlMaxMs: "ttl.max",
  quarantineMs: "quarantine",
  sizeMax: "maxSize",
  pickPolicy: "pick",
  portCountMax: "maxPortCount",
};

/** Not those that do not fit the configuration: they do not count. */
function adjustedKeys({ adjustment, misfits }: PoolState): readonly string[] {
  const { policy, pins, unpinned, quotas } = adjustment;
  const unfit = new Set(misfits.flatMap(({ fields }) => fields));
  const fields = (Object.keys(keys) as (keyof AdjustedPolicy)[]).filter(
    (field) => policy[field] !== null && !unfit.has(field),
  );
  return [
    ...fields.map((field) => keys[field]),
    ...(pins.length + unpinned.length > 0 ? ["pins"] : []),
    ...(quotas.some(({ service }) => service === everyService) ? ["quota.perService"] : []),
    ...(quotas.some(({ service }) => service !== everyService) ? ["quota.services"] : []),
  ];
}
