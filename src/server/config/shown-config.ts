// A configuration in the shape of the configuration file, every value in it: what `portlease config show` shows, and what two
// configurations are compared by. Tokens and keys are in files of their own, of which only the paths are here.

import type { BrokerConfig, PoolConfig } from "./config.js";
import { formatDuration } from "./duration.js";
import type { PoolSettings, Settings } from "./settings-schema.js";

/** `null`: not set, as a key without a value is in the file. */
export type ShownValue =
  null | boolean | number | string | readonly ShownValue[] | { readonly [key: string]: ShownValue };

/** Every key that the group has in the file. */
type Shown<Group> = { readonly [Key in keyof NonNullable<Group>]-?: ShownValue };

export type ShownPool = Shown<Omit<PoolSettings, "name">> & { readonly name: string };
export type ShownConfig = Shown<Omit<Settings, "pools">> & { readonly pools: readonly ShownPool[] };

export function showConfig(config: BrokerConfig): ShownConfig {
  const { http, log, auditLog, history, limits } = config;
  return {
    listen: config.listen,
    http: { listen: http.listen, allowedHosts: http.allowedHosts } satisfies Shown<
      Settings["http"]
    >,
    dataDirectory: config.dataDirectory,
    localSocket: config.localSocket,
    discoveryFile: config.discoveryFile ?? "none",
    portserver: config.portserver,
    requireToken: config.requireToken,
    tokens: config.tokens.map(({ name, role, file }) => ({ name, role, file })),
    tls: showTls(config),
    limits: {
      connections: limits.connectionsMax,
      connectionsPerAddress: limits.connectionsPerAddressMax,
      callsPerSecond: limits.callsPerSecondMax,
    } satisfies Shown<Settings["limits"]>,
    log: { level: log.level, format: log.format } satisfies Shown<Settings["log"]>,
    auditLog: {
      file: auditLog.file ?? "none",
      maxBytes: auditLog.bytesMax,
      maxFiles: auditLog.filesMax,
    } satisfies Shown<Settings["auditLog"]>,
    history: {
      maxChanges: history.changesMax,
      maxAge: formatDuration(history.ageMaxMs),
    } satisfies Shown<Settings["history"]>,
    tracing: config.tracing,
    fleet: showFleet(config),
    auditEvery: formatDuration(config.auditEveryMs),
    pools: config.pools.map(showPool),
  };
}

function showTls({ tls }: BrokerConfig): Shown<Settings["tls"]> & ShownValue {
  return {
    certFile: tls?.certFile ?? null,
    keyFile: tls?.keyFile ?? null,
    clientCaFile: tls?.clientCaFile ?? null,
    requireClientCertificate: tls?.requireClientCertificate ?? false,
    identities: (tls?.identities ?? []).map(({ match, role }) => ({ match, role })),
  };
}

function showFleet({ fleet }: BrokerConfig): Shown<Settings["fleet"]> & ShownValue {
  return {
    etcd: fleet?.etcd ?? null,
    hostId: fleet?.hostId ?? null,
    address: fleet?.address ?? null,
    labels: fleet === null ? null : { ...fleet.labels },
    presenceTtl: fleet === null ? null : formatDuration(fleet.presenceTtlMs),
    user: fleet?.user ?? null,
    passwordFile: fleet?.passwordFile ?? null,
    caFile: fleet?.caFile ?? null,
    certFile: fleet?.certFile ?? null,
    keyFile: fleet?.keyFile ?? null,
  };
}

export function showPool(pool: PoolConfig): ShownPool {
  return {
    name: pool.name,
    protocol: pool.protocol,
    kind: pool.kind,
    isolation: pool.isolation,
    bind: pool.bind,
    start: pool.start,
    size: pool.size,
    maxSize: pool.sizeMax,
    growBy: pool.growBy,
    shrinkAfter: formatDuration(pool.shrinkAfterMs),
    pick: pool.pick,
    pins: pool.pins.map(({ port, service, instance }) => ({ port, service, instance })),
    staticPorts: pool.staticPorts,
    quota: {
      perService: pool.quota.perService,
      services: { ...pool.quota.services },
    } satisfies Shown<PoolSettings["quota"]>,
    ttl: {
      default: formatDuration(pool.ttlDefaultMs),
      min: formatDuration(pool.ttlMinMs),
      max: formatDuration(pool.ttlMaxMs),
      crowded: formatDuration(pool.ttlCrowdedMs),
    } satisfies Shown<PoolSettings["ttl"]>,
    crowdedAt: pool.crowdedPercent,
    quarantine: formatDuration(pool.quarantineMs),
    quarantineMaxShare: pool.quarantinePercentMax,
    quarantineFloor: formatDuration(pool.quarantineFloorMs),
    maxPortCount: pool.portCountMax,
  };
}

/** Each value by its path, such as "log.level" or "pools.default.ttl.min": as the sources of a configuration have them. */
export function shownSettings({ pools, ...others }: ShownConfig): ReadonlyMap<string, ShownValue> {
  const settings = new Map<string, ShownValue>();
  collect(settings, "", others);
  for (const pool of pools) collect(settings, `pools.${pool.name}`, pool);
  return settings;
}

/** A group whose keys are names of services, or labels, is one value. */
const wholeGroup = /\.quota\.services$|^fleet\.labels$/;

function collect(settings: Map<string, ShownValue>, path: string, value: ShownValue): void {
  if (!isGroup(value) || wholeGroup.test(path)) {
    settings.set(path, value);
    return;
  }
  for (const [key, part] of Object.entries(value)) {
    collect(settings, path === "" ? key : `${path}.${key}`, part);
  }
}

function isGroup(value: ShownValue): value is { readonly [key: string]: ShownValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
