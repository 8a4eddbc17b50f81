// The effective configuration of a broker: one frozen value, validated, durations in milliseconds.
// Where each value comes from (flag, environment, file, default) is decided in load-config.ts.

export type LogLevel = "error" | "warn" | "info" | "debug";

export interface PoolConfig {
  /** 1 to 63 lower-case letters, digits and dashes; "default" exists always. */
  readonly name: string;
  /** `tcp-and-udp`: the same ports in both, leased together. */
  readonly protocol: "tcp" | "udp" | "tcp-and-udp";
  /** `auto`: the best kind this process can have on this host. */
  readonly kind: "auto" | "persistent" | "runtime" | "administered" | "held";
  /** `per-lease`: each port is a reservation of its own, made anew between two holders. */
  readonly isolation: "shared" | "per-lease";
  /** `plain`: lessees bind as any program does, so that held ports are let go while they are leased. `auto`: as the kind has it. */
  readonly bind: "auto" | "plain";
  /** `auto`: the broker picks a free range. `any`: the kernel picks, where it can. A number: that first port or an error. */
  readonly start: "auto" | "any" | number;
  /** How many ports, 1 to 65535. */
  readonly size: number;
  /** `size` to 65535. */
  readonly sizeMax: number;
  readonly growBy: number;
  readonly shrinkAfterMs: number;
  readonly pick: "least-recently-used" | "compact" | "random";
  readonly pins: readonly PinConfig[];
  /** 0 to `size`. */
  readonly staticPorts: number;
  readonly quota: QuotaConfig;
  readonly ttlDefaultMs: number;
  readonly ttlMinMs: number;
  readonly ttlMaxMs: number;
  /** Longest TTL of a new lease in a crowded pool. */
  readonly ttlCrowdedMs: number;
  /** In percent, 1 to 100: how much of the pool is leased when it is crowded; 100: never. */
  readonly crowdedPercent: number;
  /** How long a port rests between two holders; 0 is allowed. */
  readonly quarantineMs: number;
  /** In percent, 1 to 100: how much of the pool may rest. */
  readonly quarantinePercentMax: number;
  /** At most `quarantineMs`. */
  readonly quarantineFloorMs: number;
  /** The longest run one lease may have. */
  readonly portCountMax: number;
}

export interface PinConfig {
  readonly port: number;
  readonly service: string;
  /** "": every instance. */
  readonly instance: string;
}

export interface QuotaConfig {
  /** `null`: no limit. */
  readonly perService: number | null;
  /** By the service's name. */
  readonly services: Readonly<Record<string, number>>;
}

export interface HistoryConfig {
  /** How many changes are kept at most. */
  readonly changesMax: number;
  /** How old they may be. */
  readonly ageMaxMs: number;
}

export interface AuditLogConfig {
  /** Absolute path; `null`: no audit log is kept. */
  readonly file: string | null;
  /** A file is put aside before it would be larger. */
  readonly bytesMax: number;
  /** How many are kept, the one that is written to among them. */
  readonly filesMax: number;
}

export type RoleName = "holder" | "viewer" | "admin";

/** A file with bearer tokens, and what whoever sends one of them may do. */
export interface TokenConfig {
  /** 1 to 63 lower-case letters, digits and dashes; unique. It stands in the log. */
  readonly name: string;
  readonly role: RoleName;
  /** Absolute path; only its owner may read it. */
  readonly file: string;
}

/** Paths are absolute, files are PEM. */
export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  /** Whose client certificates are believed; `null`: none are asked for. */
  readonly clientCaFile: string | null;
  readonly requireClientCertificate: boolean;
  readonly identities: readonly { readonly match: string; readonly role: RoleName }[];
}

export interface LimitsConfig {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  readonly callsPerSecondMax: number;
}

export interface LogConfig {
  readonly level: LogLevel;
  readonly format: "json" | "text";
}

export interface HttpConfig {
  /** host:port; "auto": where servers of its kind serve HTTP, or another port of loopback; "off": nowhere (http-settings.ts). */
  readonly listen: string;
  /** Names, in lower case, by which browsers may call the server besides those that it listens on. */
  readonly allowedHosts: readonly string[];
}

/** Paths are absolute. */
export interface FleetConfig {
  /** etcd://host:2379,host2:2379/prefix, or etcds:// for TLS; without secrets. */
  readonly etcd: string;
  /** Unique in the fleet; 1 to 253 letters, digits, dots, dashes and underscores. */
  readonly hostId: string;
  /** A name or an IP address by which other hosts reach this one. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  /** How long after its last word this host counts as heard from. */
  readonly presenceTtlMs: number;
  /** Together with `passwordFile`. */
  readonly user: string | null;
  readonly passwordFile: string | null;
  /** PEM; `null`: the authorities that Node trusts. */
  readonly caFile: string | null;
  /** PEM, for an etcd that asks for a certificate; together with `keyFile`. */
  readonly certFile: string | null;
  readonly keyFile: string | null;
}

export interface BrokerConfig {
  /** host:port of the gRPC server; port 0 lets the OS pick. Beyond loopback only with TLS and a way to know callers. */
  readonly listen: string;
  readonly http: HttpConfig;
  /** True: also callers on this host need a token or a certificate. */
  readonly requireToken: boolean;
  readonly tokens: readonly TokenConfig[];
  /** `null`: clear text. */
  readonly tls: TlsConfig | null;
  readonly limits: LimitsConfig;
  /** Absolute path. One broker per directory. */
  readonly dataDirectory: string;
  /** Whether to listen on a named pipe (Windows) or Unix socket too: `auto` where the address cannot be had on Windows. */
  readonly localSocket: "auto" | "on" | "off";
  /** Absolute path of the file in which a running broker says where it is; `null` for none. */
  readonly discoveryFile: string | null;
  /** Where to speak the protocol of Google's portserver: `@name`, the absolute path of a socket or a pipe's name; `null`: nowhere. */
  readonly portserver: string | null;
  readonly log: LogConfig;
  /** What operators do. */
  readonly auditLog: AuditLogConfig;
  readonly history: HistoryConfig;
  /** Whether calls are traced: "otlp" sends spans to where OpenTelemetry's own variables say. */
  readonly tracing: "none" | "otlp";
  /** Where the fleet is told of this broker; `null`: nowhere. */
  readonly fleet: FleetConfig | null;
  /** How often leases are compared with the operating system's sockets. */
  readonly auditEveryMs: number;
  /** At least one; names are unique; one is "default". */
  readonly pools: readonly PoolConfig[];
}
