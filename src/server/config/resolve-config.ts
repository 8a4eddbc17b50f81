// Puts the layers together: the first layer that has a value gives it, the default comes last. Records where each value
// came from. What must fit together is checked in config-conflicts.ts.

import { resolveAuditLog } from "./audit-log-settings.js";
import { chooseFrom, type SettingSources } from "./choose.js";
import { resolveAccess } from "./resolve-access.js";
import { defaultDataDirectory, defaultDiscoveryFile } from "./default-directories.js";
import type { BrokerConfig, PoolConfig } from "./config.js";
import type { SettingSource } from "./config-error.js";
import type { ConfigWorld } from "./config-world.js";
import { resolveFleet } from "./fleet-settings.js";
import { resolveHttp } from "./http-settings.js";
import { defaultListen } from "./listen-address.js";
import { resolveLog } from "./log-settings.js";
import { portserverPool } from "./portserver-address.js";
import type { SettingsLayer } from "./settings-layer.js";
import type { PoolSettings } from "./settings-schema.js";

/** README and --help name these too. */
const defaults = {
  listen: defaultListen,
  size: 256,
  ttlDefaultMs: 30_000,
  ttlMinMs: 2_000,
  ttlMaxMs: 86_400_000,
  quarantineMs: 5_000,
  portCountMax: 64,
  shrinkAfterMs: 600_000,
  crowdedPercent: 90,
  quarantinePercentMax: 25,
  quarantineFloorMs: 1_000,
  changesMax: 100_000,
  changeAgeMaxMs: 30 * 86_400_000,
  auditEveryMs: 5_000,
  /** A test suite may start hundreds of servers at once. */
  portserverSizeMax: 2_048,
} as const;

export type { SettingSources } from "./choose.js";

export interface ResolvedConfig {
  readonly config: BrokerConfig;
  readonly sources: SettingSources;
}

/** `layers` are ordered: the first one that has a value wins. */
export function resolveConfig(
  layers: readonly SettingsLayer[],
  world: ConfigWorld,
): ResolvedConfig {
  const sources = new Map<string, SettingSource>();
  const choose = chooseFrom(layers, sources);
  const listen = choose("listen", (settings) => settings.listen);
  const discoveryFile = choose("discoveryFile", (settings) => settings.discoveryFile);
  const config: BrokerConfig = {
    listen: listen ?? defaults.listen,
    http: resolveHttp(choose),
    ...resolveAccess(choose),
    dataDirectory:
      choose("dataDirectory", (settings) => settings.dataDirectory) ?? defaultDataDirectory(world),
    localSocket: choose("localSocket", (settings) => settings.localSocket) ?? "auto",
    // A broker that listens elsewhere is not the one that others on this host look for.
    discoveryFile:
      discoveryFile === "none"
        ? null
        : (discoveryFile ?? (listen === undefined ? defaultDiscoveryFile(world) : null)),
    portserver: choose("portserver", (settings) => settings.portserver) ?? null,
    log: resolveLog(choose, world),
    auditLog: resolveAuditLog(choose),
    history: {
      changesMax:
        choose("history.maxChanges", (settings) => settings.history?.maxChanges) ??
        defaults.changesMax,
      ageMaxMs:
        choose("history.maxAge", (settings) => settings.history?.maxAge) ?? defaults.changeAgeMaxMs,
    },
    fleet: resolveFleet(choose, world.hostName),
    tracing: choose("tracing", (settings) => settings.tracing) ?? "none",
    auditEveryMs: choose("auditEvery", (settings) => settings.auditEvery) ?? defaults.auditEveryMs,
    pools: poolNames(layers).map((name) => resolvePool(name, layers, sources, world)),
  };
  return { config, sources };
}

/** In the order of the file; "default" exists always, first when it is not written. A portserver has a pool of its own. */
function poolNames(layers: readonly SettingsLayer[]): readonly string[] {
  const pools = layers.toReversed().flatMap((layer) => layer.settings.pools ?? []);
  const names = new Set(pools.map((pool) => pool.name));
  if (hasPortserver(layers)) names.add(portserverPool);
  return names.has("default") ? [...names] : ["default", ...names];
}

function hasPortserver(layers: readonly SettingsLayer[]): boolean {
  return layers.some(({ settings }) => settings.portserver !== undefined);
}

function resolvePool(
  name: string,
  layers: readonly SettingsLayer[],
  sources: Map<string, SettingSource>,
  world: ConfigWorld,
): PoolConfig {
  const choose = <T>(key: string, read: (pool: PoolSettings) => T | undefined): T | undefined => {
    for (const { settings, sourceOf } of layers) {
      const index = settings.pools?.findIndex((pool) => pool.name === name) ?? -1;
      const pool = settings.pools?.[index];
      const value = pool === undefined ? undefined : read(pool);
      if (value === undefined) continue;
      sources.set(`pools.${name}.${key}`, sourceOf(["pools", index, ...key.split(".")]));
      return value;
    }
    sources.set(`pools.${name}.${key}`, { kind: "default" });
    return undefined;
  };
  choose("name", (pool) => pool.name);
  const size = choose("size", (pool) => pool.size) ?? defaults.size;
  const own = ownDefaults(name, layers);
  const sizeMax = choose("maxSize", (pool) => pool.maxSize) ?? Math.max(size, own.sizeMax ?? 0);
  const bind = choose("bind", (pool) => pool.bind) ?? own.bind ?? "auto";
  const ttlCrowdedMs = choose("ttl.crowded", (pool) => pool.ttl?.crowded);
  const timesToLiveMs = timesToLive(
    choose("ttl.default", (pool) => pool.ttl?.default),
    choose("ttl.min", (pool) => pool.ttl?.min),
    choose("ttl.max", (pool) => pool.ttl?.max),
    ttlCrowdedMs,
  );
  const floorMs = choose("quarantineFloor", (pool) => pool.quarantineFloor);
  const quarantineMs =
    choose("quarantine", (pool) => pool.quarantine) ??
    Math.max(defaults.quarantineMs, floorMs ?? 0);
  const pins = choose("pins", (pool) => pool.pins) ?? [];
  return {
    name,
    protocol: choose("protocol", (pool) => pool.protocol) ?? own.protocol ?? "tcp",
    kind: choose("kind", (pool) => pool.kind) ?? defaultKind(bind, world),
    isolation: choose("isolation", (pool) => pool.isolation) ?? "shared",
    bind,
    start: choose("start", (pool) => pool.start) ?? (world.platform === "win32" ? "any" : "auto"),
    size,
    sizeMax,
    growBy: choose("growBy", (pool) => pool.growBy) ?? defaultGrowBy(size, sizeMax),
    shrinkAfterMs: choose("shrinkAfter", (pool) => pool.shrinkAfter) ?? defaults.shrinkAfterMs,
    pick: choose("pick", (pool) => pool.pick) ?? "least-recently-used",
    pins: pins.map(({ port, service, instance }) => ({ port, service, instance: instance ?? "" })),
    staticPorts:
      choose("staticPorts", (pool) => pool.staticPorts) ??
      (pins.length === 0 ? 0 : defaultStaticPorts(size)),
    quota: {
      perService: choose("quota.perService", (pool) => pool.quota?.perService) ?? null,
      services: choose("quota.services", (pool) => pool.quota?.services) ?? {},
    },
    ...timesToLiveMs,
    ttlCrowdedMs: ttlCrowdedMs ?? withinBounds(timesToLiveMs, timesToLiveMs.ttlDefaultMs),
    crowdedPercent: choose("crowdedAt", (pool) => pool.crowdedAt) ?? defaults.crowdedPercent,
    quarantineMs,
    quarantinePercentMax:
      choose("quarantineMaxShare", (pool) => pool.quarantineMaxShare) ??
      defaults.quarantinePercentMax,
    quarantineFloorMs: floorMs ?? Math.min(defaults.quarantineFloorMs, quarantineMs),
    portCountMax:
      choose("maxPortCount", (pool) => pool.maxPortCount) ?? Math.min(defaults.portCountMax, size),
  };
}

/** What a pool is like where nothing is written, if not like any other one. */
function ownDefaults(
  name: string,
  layers: readonly SettingsLayer[],
): Partial<Pick<PoolConfig, "protocol" | "bind" | "sizeMax">> {
  if (name !== portserverPool || !hasPortserver(layers)) return {};
  // Who asks a portserver binds by itself, and is promised a port that is free in both protocols.
  return { protocol: "tcp-and-udp", bind: "plain", sizeMax: defaults.portserverSizeMax };
}

/** On Windows the best kinds have tokens, without which nobody binds their ports. */
function defaultKind(bind: PoolConfig["bind"], world: ConfigWorld): PoolConfig["kind"] {
  return bind === "plain" && world.platform === "win32" ? "administered" : "auto";
}

/** The formula of Kubernetes for node ports, https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/3668-reserved-service-nodeport-range */
function defaultStaticPorts(size: number): number {
  return Math.min(size, Math.max(16, Math.floor(size / 32)), 128);
}

/** As many as it began with, or as there is room for. */
function defaultGrowBy(size: number, sizeMax: number): number {
  return sizeMax > size ? Math.min(size, sizeMax - size) : size;
}

/** Values that are written bend the defaults beside them, so that only what is written can be in conflict. */
function timesToLive(
  defaultMs: number | undefined,
  minMs: number | undefined,
  maxMs: number | undefined,
  crowdedMs: number | undefined,
): Pick<PoolConfig, "ttlDefaultMs" | "ttlMinMs" | "ttlMaxMs"> {
  const written = [defaultMs, minMs, maxMs, crowdedMs].filter((value) => value !== undefined);
  const ttlMinMs = minMs ?? Math.min(defaults.ttlMinMs, ...written);
  const ttlMaxMs = maxMs ?? Math.max(defaults.ttlMaxMs, ...written);
  const within = withinBounds({ ttlMinMs, ttlMaxMs }, defaults.ttlDefaultMs);
  return { ttlDefaultMs: defaultMs ?? within, ttlMinMs, ttlMaxMs };
}

function withinBounds(
  { ttlMinMs, ttlMaxMs }: Pick<PoolConfig, "ttlMinMs" | "ttlMaxMs">,
  ttlMs: number,
): number {
  return Math.max(ttlMinMs, Math.min(ttlMs, ttlMaxMs));
}
