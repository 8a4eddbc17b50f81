// The configuration of a start: flags before environment before file before defaults, checked as a whole, all problems told
// at once. Reading the world happens through ConfigWorld only.

import { posix, win32 } from "node:path";
import { auditLogName } from "./audit-log-settings.js";
import { findConflicts, findTwins } from "./config-conflicts.js";
import { ConfigError, type ConfigProblem, type SettingSource } from "./config-error.js";
import { readConfig, type FileRead } from "./config-file.js";
import type { ConfigWorld } from "./config-world.js";
import type { BrokerConfig, FleetConfig, TlsConfig } from "./config.js";
import { absolutePath } from "./default-directories.js";
import { misspeltVariables, settingsFromEnvironment, settingsFromFlags } from "./given-settings.js";
import { resolveConfig, type ResolvedConfig, type SettingSources } from "./resolve-config.js";
import { configVariable } from "./settings.js";
import { checkLayer } from "./settings-layer.js";

export interface ConfigFlags {
  /** --config. */
  readonly configFile: string | null;
  /** The other flags by their name, such as "--listen"; those that were not given are absent. */
  readonly values: Readonly<Record<string, string>>;
}

export interface LoadedConfig {
  /** Frozen, all of it. */
  readonly config: BrokerConfig;
  readonly sources: SettingSources;
  /** The configuration file in force; `null` when there is none. */
  readonly file: string | null;
}

/** Throws ConfigError. */
export function loadConfig(flags: ConfigFlags, world: ConfigWorld): LoadedConfig {
  const fileRead = readConfig(askedFile(flags, world), world);
  const file = fileRead.state === "read" ? fileRead.file : null;
  const flagSettings = settingsFromFlags(flags.values);
  const environmentSettings = settingsFromEnvironment(world.environment);
  const checked = [
    checkLayer(flagSettings.raw, flagSettings.sourceOf),
    checkLayer(environmentSettings.raw, environmentSettings.sourceOf),
    checkLayer(file?.content, file?.sourceOf ?? (() => ({ kind: "default" }))),
  ];
  const problems: ConfigProblem[] = [
    ...problemOf(fileRead),
    ...checked.flatMap(({ problems: found }) => found),
    ...checked.flatMap(({ layer }) => findTwins(layer)),
    ...misspeltVariables(world.environment),
  ];
  const resolved = resolveConfig(
    checked.map(({ layer }) => layer),
    world,
  );
  // What does not fit together is only known once every layer could be read.
  if (problems.length === 0) problems.push(...findConflicts(resolved));
  const [first, ...others] = problems;
  if (first !== undefined) throw new ConfigError([first, ...others]);
  const { discoveryFile, tokens, tls, auditLog, fleet } = resolved.config;
  const dataDirectory = absolute(resolved, "dataDirectory", resolved.config.dataDirectory, world);
  const config = {
    ...resolved.config,
    dataDirectory,
    auditLog: {
      ...auditLog,
      file: absoluteAuditLog(auditLog.file, dataDirectory, resolved, world),
    },
    discoveryFile:
      discoveryFile === null ? null : absolute(resolved, "discoveryFile", discoveryFile, world),
    tokens: tokens.map((token) => ({
      ...token,
      file: absolute(resolved, "tokens", token.file, world),
    })),
    tls: tls === null ? null : absoluteTls(tls, resolved, world),
    fleet: fleet === null ? null : absoluteFleet(fleet, resolved, world),
  };
  return { config: deepFreeze(config), sources: resolved.sources, file: file?.path ?? null };
}

function askedFile(
  flags: ConfigFlags,
  world: ConfigWorld,
): { readonly path: string; readonly source: SettingSource } | null {
  const variable = world.environment[configVariable] || null;
  const path = flags.configFile ?? variable;
  if (path === null) return null;
  const source: SettingSource =
    flags.configFile === null
      ? { kind: "environment", variable: configVariable }
      : { kind: "flag", flag: "--config" };
  return { path: absolutePath(path, world.currentDirectory, world), source };
}

function problemOf(read: FileRead): readonly ConfigProblem[] {
  return read.state === "failed" ? [read.problem] : [];
}

function absoluteTls(tls: TlsConfig, resolved: ResolvedConfig, world: ConfigWorld): TlsConfig {
  const { certFile, keyFile, clientCaFile } = tls;
  const at = (key: string, path: string): string => absolute(resolved, `tls.${key}`, path, world);
  return {
    ...tls,
    certFile: at("certFile", certFile),
    keyFile: at("keyFile", keyFile),
    clientCaFile: clientCaFile === null ? null : at("clientCaFile", clientCaFile),
  };
}

function absoluteFleet(
  fleet: FleetConfig,
  resolved: ResolvedConfig,
  world: ConfigWorld,
): FleetConfig {
  const at = (key: "passwordFile" | "caFile" | "certFile" | "keyFile"): string | null => {
    const path = fleet[key];
    return path === null ? null : absolute(resolved, `fleet.${key}`, path, world);
  };
  return {
    ...fleet,
    passwordFile: at("passwordFile"),
    caFile: at("caFile"),
    certFile: at("certFile"),
    keyFile: at("keyFile"),
  };
}

/** `null` stays `null`; "" stands for the file that nobody chose. */
function absoluteAuditLog(
  file: string | null,
  dataDirectory: string,
  resolved: ResolvedConfig,
  world: ConfigWorld,
): string | null {
  if (file === null) return null;
  const paths = world.platform === "win32" ? win32 : posix;
  return file === ""
    ? paths.join(dataDirectory, auditLogName)
    : absolute(resolved, "auditLog.file", file, world);
}

/** A relative path in the file means: beside the file. Elsewhere it means: in the current directory. */
function absolute(
  { sources }: { readonly sources: SettingSources },
  key: string,
  path: string,
  world: ConfigWorld,
): string {
  const source = sources.get(key);
  const paths = world.platform === "win32" ? win32 : posix;
  const base = source?.kind === "file" ? paths.dirname(source.file) : world.currentDirectory;
  return absolutePath(path, base, world);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
