// The configuration of a start: flags before environment before file before defaults, checked as a whole, all problems told
// at once. Reading the world happens through ConfigWorld only.

import { absoluteBy, absoluteFiles } from "./absolute-files.js";
import { findConflicts, findTwins } from "./config-conflicts.js";
import { ConfigError, type ConfigProblem } from "./config-error.js";
import type { ConfigWorld } from "./config-world.js";
import type { BrokerConfig } from "./config.js";
import { deepFreeze } from "./deep-freeze.js";
import { withAbsoluteFiles } from "./etcd-access.js";
import { type ConfigFlags, type ConfigForm, readLayers } from "./read-layers.js";
import { resolveConfig, type SettingSources } from "./resolve-config.js";
import { brokerTable } from "./settings.js";
import { brokerForm, type Settings } from "./settings-schema.js";

export type { ConfigFlags } from "./read-layers.js";

export interface LoadedConfig {
  /** Frozen, all of it. */
  readonly config: BrokerConfig;
  readonly sources: SettingSources;
  /** The configuration file in force; `null` when there is none. */
  readonly file: string | null;
}

const form: ConfigForm<Settings> = { ...brokerForm, table: brokerTable, fileName: "config.yaml" };

/** Throws ConfigError. */
export function loadConfig(flags: ConfigFlags, world: ConfigWorld): LoadedConfig {
  const { layers, problems: found, file } = readLayers(form, flags, world);
  const problems: ConfigProblem[] = [...found, ...layers.flatMap(findTwins)];
  const resolved = resolveConfig(layers, world);
  // What does not fit together is only known once every layer could be read.
  if (problems.length === 0) problems.push(...findConflicts(resolved));
  const [first, ...others] = problems;
  if (first !== undefined) throw new ConfigError([first, ...others]);
  const { sources } = resolved;
  const absolute = absoluteBy(sources, world);
  const { discoveryFile, fleet } = resolved.config;
  const config = {
    ...resolved.config,
    ...absoluteFiles(resolved.config, absolute, world),
    discoveryFile: discoveryFile === null ? null : absolute("discoveryFile", discoveryFile),
    fleet: fleet === null ? null : withAbsoluteFiles(fleet, "fleet", absolute),
  };
  return { config: deepFreeze(config), sources, file: file?.path ?? null };
}
