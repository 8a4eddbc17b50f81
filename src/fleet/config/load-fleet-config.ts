// The configuration of a fleet server's start: flags before environment before file before defaults, checked as a whole, all problems
// told at once. Reading the world happens through ConfigWorld only.

import {
  absoluteBy,
  absoluteFiles,
  type MakeAbsolute,
} from "../../server/config/absolute-files.js";
import { accessConflicts } from "../../server/config/access-conflicts.js";
import type { SettingSources } from "../../server/config/choose.js";
import { ConfigError, type ConfigProblem } from "../../server/config/config-error.js";
import type { ConfigWorld } from "../../server/config/config-world.js";
import { deepFreeze } from "../../server/config/deep-freeze.js";
import { withAbsoluteFiles } from "../../server/config/etcd-access.js";
import { type ConfigFlags, type ConfigForm, readLayers } from "../../server/config/read-layers.js";
import type { BrokerAccess, FleetServerConfig, FleetSourceConfig } from "./fleet-config.js";
import { sourceConflicts } from "./fleet-conflicts.js";
import { fleetForm, type FleetSettings } from "./fleet-schema.js";
import { fleetTable } from "./fleet-settings.js";
import { type GivenFleetSources, resolveFleetConfig } from "./resolve-fleet-config.js";

export interface LoadedFleetConfig {
  /** Frozen, all of it. */
  readonly config: FleetServerConfig;
  readonly sources: SettingSources;
  /** The configuration file in force; `null` when there is none. */
  readonly file: string | null;
}

/** In place of a file with certificates. */
const systemAuthorities = "system";

const form: ConfigForm<FleetSettings> = { ...fleetForm, table: fleetTable, fileName: "fleet.yaml" };

/** Throws ConfigError. */
export function loadFleetConfig(flags: ConfigFlags, world: ConfigWorld): LoadedFleetConfig {
  const { layers, problems: found, file } = readLayers(form, flags, world);
  const problems: ConfigProblem[] = [...found];
  const { config, given, sources } = resolveFleetConfig(layers, world);
  // What does not fit together is only known once every layer could be read.
  if (problems.length === 0) {
    problems.push(...sourceConflicts(given, sources), ...accessConflicts(config, sources));
  }
  const [first, ...others] = problems;
  if (first !== undefined) throw new ConfigError([first, ...others]);
  const absolute = absoluteBy(sources, world);
  const source = sourceOf(given, absolute);
  const loaded = { ...config, ...absoluteFiles(config, absolute, world), source };
  return { config: deepFreeze(loaded), sources, file: file?.path ?? null };
}

/** One of them is given. */
function sourceOf(given: GivenFleetSources, absolute: MakeAbsolute): FleetSourceConfig {
  const { etcd, list, file, srv } = given;
  const access = absoluteAccess(given.access, absolute);
  if (etcd !== null) return { kind: "etcd", etcd: withAbsoluteFiles(etcd, "etcd", absolute) };
  if (list !== null) return { kind: "brokers", addresses: list, access };
  if (file !== null) return { kind: "brokers-file", file: absolute("brokers.file", file), access };
  return { kind: "brokers-srv", name: srv ?? "", access };
}

function absoluteAccess(access: BrokerAccess, absolute: MakeAbsolute): BrokerAccess {
  const { caFile, certFile, keyFile, tokenFile } = access;
  const at = (key: string, path: string | null): string | null =>
    path === null || path === systemAuthorities ? path : absolute(`brokers.${key}`, path);
  return {
    caFile: at("caFile", caFile),
    certFile: at("certFile", certFile),
    keyFile: at("keyFile", keyFile),
    tokenFile: at("tokenFile", tokenFile),
  };
}
