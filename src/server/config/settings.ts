// Every setting that can be given by flag or environment variable, in one table: path in the file, variable, flag.
// The table is also what --help prints. Pools other than "default" are given in the file only.

export interface Setting {
  /** The path in the configuration file; "pools.default." stands for the entry of the pool "default". */
  readonly path: string;
  readonly variable: string;
  readonly flag: string;
  /** What the value looks like, for --help. */
  readonly placeholder: string;
  readonly description: string;
  /** True: a text of digits is a number. */
  readonly numeric: boolean;
}

function setting(
  path: string,
  name: string,
  placeholder: string,
  description: string,
  numeric = false,
): Setting {
  const variable = `PORTLEASE_${name.toUpperCase().replaceAll("-", "_")}`;
  return { path, variable, flag: `--${name}`, placeholder, description, numeric };
}

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
  setting(
    "requireToken",
    "require-token",
    "true|false",
    "callers on this host need a token or a certificate too (default false)",
  ),
  setting(
    "tls.certFile",
    "tls-cert-file",
    "path",
    "the broker's certificate, with its chain, in PEM",
  ),
  setting("tls.keyFile", "tls-key-file", "path", "the key of the certificate, in PEM"),
  setting(
    "tls.clientCaFile",
    "tls-client-ca-file",
    "path",
    "ask callers for certificates, and believe those of these authorities",
  ),
  setting(
    "tls.requireClientCertificate",
    "tls-require-client-certificate",
    "true|false",
    "refuse connections without such a certificate (default false)",
  ),
  setting("log.level", "log-level", "level", "error, warn, info or debug (default info)"),
  setting("log.format", "log-format", "format", "text or json (default text on a terminal)"),
  setting(
    "auditLog.file",
    "audit-log-file",
    "path",
    "where to write down what operators do, or none (default audit.log in the data directory)",
  ),
  setting(
    "tracing",
    "tracing",
    "exporter",
    "none, or otlp: send a span of each call to where OTEL_EXPORTER_OTLP_ENDPOINT says (default none)",
  ),
  ...fleetSettings,
  setting(`${pool}protocol`, "pool-protocol", "protocol", "tcp, udp or tcp-and-udp (default tcp)"),
  setting(`${pool}kind`, "pool-kind", "kind", "how its ports are reserved (default auto)"),
  setting(
    `${pool}isolation`,
    "pool-isolation",
    "isolation",
    "shared, or per-lease: each port its own reservation (default shared)",
  ),
  setting(`${pool}start`, "pool-start", "port", "its first port, auto or any", true),
  setting(`${pool}size`, "pool-size", "count", "how many ports it has (default 256)", true),
  setting(
    `${pool}maxSize`,
    "pool-max-size",
    "count",
    "how many ports it may grow to (default: its size)",
    true,
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
    true,
  ),
];

/** The variable that names the configuration file; its flag is --config. */
export const configVariable = "PORTLEASE_CONFIG";

/** Variables of ours that the broker does not read: they belong to clients and to children of `portlease run`. */
export const foreignVariables: readonly string[] = [
  "PORTLEASE_ADDRESS",
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
