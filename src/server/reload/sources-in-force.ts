// Where the values that are in force come from after a reload: those that wait for a restart still come from where they came from.

import type { BrokerConfig } from "../config/config.js";
import type { SettingSource } from "../config/config-error.js";
import type { SettingSources } from "../config/resolve-config.js";
import type { ReloadPlan } from "./plan-reload.js";

export function sourcesInForce(
  before: SettingSources,
  wanted: SettingSources,
  { restart }: Pick<ReloadPlan, "restart">,
  { pools }: Pick<BrokerConfig, "pools">,
): SettingSources {
  const kept = new Set(restart.map(({ path }) => path));
  const names = new Set(pools.map(({ name }) => name));
  const sources = new Map<string, SettingSource>();
  for (const path of new Set([...before.keys(), ...wanted.keys()])) {
    const pool = /^pools\.([^.]+)\./.exec(path)?.[1];
    if (pool !== undefined && !names.has(pool)) continue;
    const source = kept.has(path) ? before.get(path) : (wanted.get(path) ?? before.get(path));
    if (source !== undefined) sources.set(path, source);
  }
  return sources;
}
