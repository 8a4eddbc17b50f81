// Which settings a running broker takes over when its configuration is read again, and which need a restart, and why. Every key of
// the configuration file is here: one that is new must be decided on. docs/configuration.md shows what is restarted for.

import type { PoolSettings, Settings } from "../config/settings-schema.js";

/** What counts at once, or why only a restart can do it. */
export type ReloadRule = "at once" | { readonly restart: string };

type Group = "http" | "tls" | "limits" | "log" | "auditLog" | "history" | "fleet";
type PoolGroup = "ttl" | "quota";
type KeysOf<
  Settings_,
  Name extends keyof Settings_,
> = `${Name & string}.${keyof NonNullable<Settings_[Name]> & string}`;
type PoolKey =
  | Exclude<keyof PoolSettings, PoolGroup>
  | { [Name in PoolGroup]: KeysOf<PoolSettings, Name> }[PoolGroup];

/** As in the file; pools without their names: "pools.ttl.min". */
export type SettingKey =
  | Exclude<keyof Settings, Group | "pools">
  | { [Name in Group]: KeysOf<Settings, Name> }[Group]
  | `pools.${PoolKey}`;

const moved = "clients know the broker by it";
const made = "the pool's block was reserved with it, and leases are in it";
const told = "the fleet knows this broker by it";
const connected = "the connection to etcd was made with it";
const context = "connections are asked for certificates, or are not, from the first one on";

export const reloadRules: Readonly<Record<SettingKey, ReloadRule>> = {
  listen: { restart: moved },
  "http.listen": { restart: moved },
  "http.allowedHosts": "at once",
  dataDirectory: { restart: "the leases are there" },
  localSocket: { restart: moved },
  discoveryFile: { restart: moved },
  portserver: { restart: "test suites know the portserver by it" },
  requireToken: "at once",
  tokens: "at once",
  "tls.certFile": "at once",
  "tls.keyFile": "at once",
  "tls.clientCaFile": "at once",
  "tls.requireClientCertificate": { restart: context },
  "tls.identities": "at once",
  "limits.connections": "at once",
  "limits.connectionsPerAddress": "at once",
  "limits.callsPerSecond": "at once",
  "log.level": "at once",
  "log.format": "at once",
  "auditLog.file": { restart: "what operators do stays in one file as long as the broker runs" },
  "auditLog.maxBytes": "at once",
  "auditLog.maxFiles": "at once",
  "history.maxChanges": "at once",
  "history.maxAge": "at once",
  tracing: { restart: "the exporter is loaded at the start" },
  "fleet.etcd": { restart: told },
  "fleet.hostId": { restart: told },
  "fleet.address": "at once",
  "fleet.labels": "at once",
  "fleet.presenceTtl": { restart: told },
  "fleet.user": { restart: connected },
  "fleet.passwordFile": { restart: connected },
  "fleet.caFile": { restart: connected },
  "fleet.certFile": { restart: connected },
  "fleet.keyFile": { restart: connected },
  auditEvery: "at once",
  "pools.name": "at once",
  "pools.protocol": { restart: made },
  "pools.kind": { restart: made },
  "pools.isolation": { restart: made },
  "pools.bind": { restart: made },
  "pools.start": { restart: made },
  "pools.size": { restart: `${made}; "portlease blocks add" or a larger maxSize adds ports now` },
  "pools.maxSize": "at once",
  "pools.growBy": "at once",
  "pools.shrinkAfter": "at once",
  "pools.pick": "at once",
  "pools.pins": "at once",
  "pools.staticPorts": "at once",
  "pools.quota.perService": "at once",
  "pools.quota.services": "at once",
  "pools.ttl.default": "at once",
  "pools.ttl.min": "at once",
  "pools.ttl.max": "at once",
  "pools.ttl.crowded": "at once",
  "pools.crowdedAt": "at once",
  "pools.quarantine": "at once",
  "pools.quarantineMaxShare": "at once",
  "pools.quarantineFloor": "at once",
  "pools.maxPortCount": "at once",
};

/** Why a value that would count at once does not: it goes with another one. */
const together = "it goes with other values that need one";
const tlsItself = "whether there is TLS, and client certificates with it, is decided at the start";

/** Why the setting of that path, such as "pools.default.size", did not change by a reload. */
export function whyRestart(path: string): string {
  const key = path.replace(/^pools\.[^.]+\./, "pools.");
  const rule = (reloadRules as Readonly<Record<string, ReloadRule>>)[key];
  if (rule !== undefined && rule !== "at once") return rule.restart;
  return path.startsWith("tls.") ? tlsItself : together;
}
