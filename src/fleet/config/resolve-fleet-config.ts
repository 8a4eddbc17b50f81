// Puts the layers of a fleet server's settings together: the first one that has a value gives it, the default comes last. What must
// fit together is checked in fleet-conflicts.ts.

import { resolveAuditLog } from "../../server/config/audit-log-settings.js";
import { type Choose, chooseFrom, type SettingSources } from "../../server/config/choose.js";
import type { ConfigWorld } from "../../server/config/config-world.js";
import type { SettingSource } from "../../server/config/config-error.js";
import { defaultDataDirectory, fleetProduct } from "../../server/config/default-directories.js";
import { resolveHttp } from "../../server/config/http-settings.js";
import { formatListenAddress } from "../../server/config/listen-address.js";
import { resolveLog } from "../../server/config/log-settings.js";
import { resolveAccess } from "../../server/config/resolve-access.js";
import type { SettingsLayer } from "../../server/config/settings-layer.js";
import { type EtcdAccess, resolveEtcdCredentials } from "../../server/config/etcd-access.js";
import type { BrokerAccess, FleetServerConfig } from "./fleet-config.js";
import type { FleetSettings } from "./fleet-schema.js";
import { defaultRetentionMs } from "../sources/etcd/retention.js";
import { usualAddress } from "./usual-addresses.js";

/** The possible sources, each where something is said of it. */
export interface GivenFleetSources {
  readonly etcd: EtcdAccess | null;
  readonly list: readonly string[] | null;
  readonly file: string | null;
  readonly srv: string | null;
  readonly access: BrokerAccess;
}

export interface ResolvedFleetConfig {
  readonly config: Omit<FleetServerConfig, "source">;
  readonly given: GivenFleetSources;
  readonly sources: SettingSources;
}

/** `layers` are ordered: the first one that has a value wins. */
export function resolveFleetConfig(
  layers: readonly SettingsLayer<FleetSettings>[],
  world: ConfigWorld,
): ResolvedFleetConfig {
  const sources = new Map<string, SettingSource>();
  const choose = chooseFrom(layers, sources);
  const retention = choose("retention", (settings) => settings.retention) ?? defaultRetentionMs;
  const config = {
    listen: choose("listen", ({ listen }) => listen) ?? formatListenAddress(usualAddress),
    http: resolveHttp(choose),
    ...resolveAccess(choose),
    dataDirectory:
      choose("dataDirectory", ({ dataDirectory }) => dataDirectory) ??
      defaultDataDirectory(world, fleetProduct),
    log: resolveLog(choose, world),
    auditLog: resolveAuditLog(choose),
    tracing: choose("tracing", ({ tracing }) => tracing) ?? "none",
    retentionMs: retention === "off" ? null : retention,
  };
  return { config, given: resolveSources(choose), sources };
}

function resolveSources(choose: Choose<FleetSettings>): GivenFleetSources {
  return {
    etcd: resolveEtcd(choose),
    list: choose("brokers.list", ({ brokers }) => brokers?.list) ?? null,
    file: choose("brokers.file", ({ brokers }) => brokers?.file) ?? null,
    srv: choose("brokers.srv", ({ brokers }) => brokers?.srv) ?? null,
    access: resolveBrokerAccess(choose),
  };
}

function resolveEtcd(choose: Choose<FleetSettings>): EtcdAccess | null {
  const url = choose("etcd.url", ({ etcd }) => etcd?.url);
  const credentials = resolveEtcdCredentials(choose, "etcd", ({ etcd }) => etcd);
  return url === undefined ? null : { url, ...credentials };
}

function resolveBrokerAccess(choose: Choose<FleetSettings>): BrokerAccess {
  return {
    caFile: choose("brokers.caFile", ({ brokers }) => brokers?.caFile) ?? null,
    certFile: choose("brokers.certFile", ({ brokers }) => brokers?.certFile) ?? null,
    keyFile: choose("brokers.keyFile", ({ brokers }) => brokers?.keyFile) ?? null,
    tokenFile: choose("brokers.tokenFile", ({ brokers }) => brokers?.tokenFile) ?? null,
  };
}
