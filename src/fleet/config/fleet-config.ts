// The effective configuration of a fleet server: one frozen value, validated, durations in milliseconds.

import type { BrokerConfig } from "../../server/config/config.js";
import type { EtcdAccess } from "../../server/config/etcd-access.js";

/** How brokers are reached, and as whom. Paths are absolute, files are PEM. */
export interface BrokerAccess {
  /** Whose certificates are believed, "system" for the authorities that Node knows; `null`: they are spoken to in clear text. */
  readonly caFile: string | null;
  /** The certificate that is shown; `null`: none. */
  readonly certFile: string | null;
  readonly keyFile: string | null;
  /** A file with a token that has the role viewer; `null`: none is sent. */
  readonly tokenFile: string | null;
}

/** Where the fleet is found. */
export type FleetSourceConfig =
  | { readonly kind: "etcd"; readonly etcd: EtcdAccess }
  | {
      readonly kind: "brokers";
      /** host:port, or unix: and a path. */
      readonly addresses: readonly string[];
      readonly access: BrokerAccess;
    }
  /** A file with a list of brokers, read again when it changes; `access` is for those that say nothing else. */
  | { readonly kind: "brokers-file"; readonly file: string; readonly access: BrokerAccess }
  /** The name of SRV records, asked for again and again. */
  | { readonly kind: "brokers-srv"; readonly name: string; readonly access: BrokerAccess };

/** What it has in common with a broker. */
type Shared = Pick<
  BrokerConfig,
  | "listen"
  | "http"
  | "requireToken"
  | "tokens"
  | "tls"
  | "limits"
  | "dataDirectory"
  | "log"
  | "auditLog"
  | "tracing"
>;

export interface FleetServerConfig extends Shared {
  readonly source: FleetSourceConfig;
  /** For how long a host that is not heard from is kept; `null`: for ever. */
  readonly retentionMs: number | null;
}
