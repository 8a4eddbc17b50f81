// Every setting that can be given by flag or environment variable, in one table: path in the file, variable, flag.
// The table is also what --help prints. Pools other than "default" are given in the file only.

import { accessSettings, logSettings } from "./shared-settings.js";
import { type Setting, type SettingsTable, settingsWith } from "./settings-table.js";

/**
 * The variables of the fleet server begin with it, and none of the broker does: both may be on one host, or in one environment file,
 * and must not take each other's.
 */
export const fleetServerPrefix = "PORTLEASE_FLEET_SERVER_";
const prefix = "PORTLEASE_";
const setting = settingsWith(prefix);
const pool = "pools.default.";

const fleetSettings: readonly Setting[] = [
  setting("fleet.etcd", "fleet", "url", "tell the fleet of this host: etcd://host or etcds://host"),
  setting("fleet.hostId", "fleet-host-id", "id", "this host's id there (default: its name)"),
  setting("fleet.address", "fleet-address", "host", "how others reach it (default: its name)"),
  setting(
    "fleet.presenceTtl",
    "fleet-presence-ttl",
    "time",
    "how long after its last word it counts as heard from (default 15s)",
  ),
  setting("fleet.user", "fleet-user", "name", "a user of etcd"),
  setting("fleet.passwordFile", "fleet-password-file", "path", "the file with its password"),
  setting(
    "fleet.caFile",
    "fleet-ca-file",
    "path",
    "believe etcd's certificate if it is of these authorities",
  ),
  setting(
    "fleet.certFile",
    "fleet-cert-file",
    "path",
    "the certificate for an etcd that asks for one",
  ),
  setting("fleet.keyFile", "fleet-key-file", "path", "the key of that certificate"),
];

export const settings: readonly Setting[] = [
  setting("listen", "listen", "host:port", "where to serve gRPC (default 127.0.0.1:7600)"),
  setting(
    "http.listen",
    "http-listen",
    "host:port",
    "where to serve the dashboard and HTTP, auto or off (default auto: 127.0.0.1:7601, else another port)",
  ),
  setting("dataDirectory", "data-dir", "path", "where the leases are kept"),
  setting(
    "localSocket",
    "local-socket",
    "when",
    "on, off or auto: also serve on a named pipe or Unix socket (default auto: when the address cannot be had on Windows)",
  ),
  setting(
    "discoveryFile",
    "discovery-file",
    "path",
    "where to write broker.json, or none (default: only when listening where brokers do)",
  ),
  setting(
    "portserver",
    "portserver",
    "address",
    "also speak the protocol of Google's portserver, at @name or a path: for PORTSERVER_ADDRESS",
  ),
  ...accessSettings(setting, "broker"),
  ...logSettings(setting),
  ...fleetSettings,
  setting(`${pool}protocol`, "pool-protocol", "protocol", "tcp, udp or tcp-and-udp (default tcp)"),
  setting(`${pool}kind`, "pool-kind", "kind", "how its ports are reserved (default auto)"),
  setting(
    `${pool}isolation`,
    "pool-isolation",
    "isolation",
    "shared, or per-lease: each port its own reservation (default shared)",
  ),
  setting(`${pool}start`, "pool-start", "port", "its first port, auto or any", "number"),
  setting(`${pool}size`, "pool-size", "count", "how many ports it has (default 256)", "number"),
  setting(
    `${pool}maxSize`,
    "pool-max-size",
    "count",
    "how many ports it may grow to (default: its size)",
    "number",
  ),
  setting(
    `${pool}pick`,
    "pool-pick",
    "policy",
    "least-recently-used, compact or random (default least-recently-used)",
  ),
  setting(`${pool}ttl.default`, "pool-ttl-default", "time", "TTL when none is asked (default 30s)"),
  setting(`${pool}ttl.min`, "pool-ttl-min", "time", "shortest TTL (default 2s)"),
  setting(`${pool}ttl.max`, "pool-ttl-max", "time", "longest TTL (default 24h)"),
  setting(`${pool}quarantine`, "pool-quarantine", "time", "rest between holders (default 5s)"),
  setting(
    `${pool}maxPortCount`,
    "pool-max-port-count",
    "count",
    "longest run one lease may have (default 64)",
    "number",
  ),
];

/** The variable that names the configuration file; its flag is --config. */
export const configVariable = "PORTLEASE_CONFIG";

/** Variables of ours that the broker does not read: they belong to clients and to children of `portlease run`. */
export const foreignVariables: readonly string[] = [
  "PORTLEASE_ADDRESS",
  "PORTLEASE_FLEET_SERVER",
  "PORTLEASE_TOKEN_FILE",
  "PORTLEASE_CA_FILE",
  "PORTLEASE_CERT_FILE",
  "PORTLEASE_KEY_FILE",
  "PORTLEASE_HOLDER_KEY",
  "PORTLEASE_PORT",
  "PORTLEASE_PORTS",
  "PORTLEASE_LEASE_ID",
  "PORTLEASE_GENERATION",
];

export const brokerTable: SettingsTable = {
  settings,
  prefix,
  configVariable,
  foreignVariables,
  foreignPrefixes: [fleetServerPrefix],
};
