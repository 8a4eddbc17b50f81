// What a reload comes to: which configuration is in force after it, what is new in that, and what waits for a restart. Pure: doing
// it is reloader.ts's business.

import type { BrokerConfig, FleetConfig, PoolConfig, TlsConfig } from "../config/config.js";
import { portserverPool } from "../config/portserver-address.js";
import { showConfig, shownSettings, type ShownValue } from "../config/shown-config.js";
import { whyRestart } from "./reload-rules.js";

export interface ReloadPlan {
  /** The configuration that counts when all of it is done. */
  readonly config: BrokerConfig;
  /** Pools that are not in force yet. */
  readonly opened: readonly PoolConfig[];
  /** Pools in force with other values than before. */
  readonly changed: readonly PoolConfig[];
  /** The names of pools that are configured no more. */
  readonly retired: readonly string[];
  /** Paths of values that change now, such as "pools.default.ttl.min". Not those of pools that come or go. */
  readonly applied: readonly SettingChange[];
  /** Those that change at the next start. */
  readonly restart: readonly SettingChange[];
}

export interface SettingChange {
  readonly path: string;
  /** For people. */
  readonly line: string;
}

/** `current` is in force, `wanted` was read and is valid. */
export function planReload(current: BrokerConfig, wanted: BrokerConfig): ReloadPlan {
  const pools = reloadedPools(current, wanted);
  const config = reloadedConfig(current, wanted, pools);
  const before = namesOf(current.pools);
  const after = namesOf(pools);
  const asked = namesOf(wanted.pools);
  const staying = pools.filter(({ name }) => before.has(name));
  const { applied, restart } = changesOf(current, wanted, config, (path) => {
    const name = /^pools\.([^.]+)\./.exec(path)?.[1];
    return name === undefined || (before.has(name) && asked.has(name));
  });
  return {
    config,
    opened: pools.filter(({ name }) => !before.has(name)),
    changed: staying.filter((pool) =>
      applied.some(({ path }) => path.startsWith(`pools.${pool.name}.`)),
    ),
    retired: [...before].filter((name) => !after.has(name)),
    applied,
    restart,
  };
}

function namesOf(pools: readonly PoolConfig[]): ReadonlySet<string> {
  return new Set(pools.map(({ name }) => name));
}

function reloadedConfig(
  current: BrokerConfig,
  wanted: BrokerConfig,
  pools: readonly PoolConfig[],
): BrokerConfig {
  return {
    ...current,
    http: { ...current.http, allowedHosts: wanted.http.allowedHosts },
    requireToken: wanted.requireToken,
    tokens: wanted.tokens,
    tls: reloadedTls(current.tls, wanted.tls),
    limits: wanted.limits,
    log: wanted.log,
    auditLog: { ...wanted.auditLog, file: current.auditLog.file },
    history: wanted.history,
    fleet: reloadedFleet(current.fleet, wanted.fleet),
    auditEveryMs: wanted.auditEveryMs,
    pools,
  };
}

/** Listeners ask for certificates or do not, from their first connection on. */
function reloadedTls(current: TlsConfig | null, wanted: TlsConfig | null): TlsConfig | null {
  if (current === null || wanted === null) return current;
  const asksAsBefore = (current.clientCaFile === null) === (wanted.clientCaFile === null);
  return {
    ...wanted,
    requireClientCertificate: current.requireClientCertificate,
    clientCaFile: asksAsBefore ? wanted.clientCaFile : current.clientCaFile,
    // Nobody has such names where no certificates are asked for.
    identities: asksAsBefore ? wanted.identities : current.identities,
  };
}

function reloadedFleet(
  current: FleetConfig | null,
  wanted: FleetConfig | null,
): FleetConfig | null {
  if (current === null || wanted === null) return current;
  return { ...current, address: wanted.address, labels: wanted.labels };
}

function reloadedPools(current: BrokerConfig, wanted: BrokerConfig): readonly PoolConfig[] {
  // That pool comes and goes with its portserver, which needs a restart.
  const keepsPortserver = current.portserver !== wanted.portserver;
  const inForce = new Map(current.pools.map((pool) => [pool.name, pool]));
  const portserver = keepsPortserver ? inForce.get(portserverPool) : undefined;
  const pools = wanted.pools
    .filter(({ name }) => !(keepsPortserver && name === portserverPool))
    .map((pool) => {
      const before = inForce.get(pool.name);
      return before === undefined ? pool : reloadedPool(before, pool);
    });
  return portserver === undefined ? pools : [...pools, portserver];
}

/** What its block was made of stays, and what is counted in its ports fits that. */
function reloadedPool(current: PoolConfig, wanted: PoolConfig): PoolConfig {
  const { protocol, kind, isolation, bind, start, size } = current;
  return {
    ...wanted,
    protocol,
    kind,
    isolation,
    bind,
    start,
    size,
    sizeMax: Math.max(wanted.sizeMax, size),
    staticPorts: Math.min(wanted.staticPorts, size),
    portCountMax: Math.min(wanted.portCountMax, size),
  };
}

function changesOf(
  current: BrokerConfig,
  wanted: BrokerConfig,
  inForce: BrokerConfig,
  isShown: (path: string) => boolean,
): Pick<ReloadPlan, "applied" | "restart"> {
  const [before, asked, after] = [current, wanted, inForce].map((config) =>
    shownSettings(showConfig(config)),
  ) as [Settings, Settings, Settings];
  const applied: SettingChange[] = [];
  const restart: SettingChange[] = [];
  for (const path of new Set([...before.keys(), ...asked.keys()])) {
    if (!isShown(path)) continue;
    const [was, is] = [textOf(before.get(path)), textOf(after.get(path))];
    const wish = textOf(asked.get(path));
    if (is !== was) applied.push({ path, line: `${path}: from ${cut(was)} to ${cut(is)}` });
    if (is !== wish) {
      const line = `${path} stays ${cut(is)} and is to be ${cut(wish)}: ${whyRestart(path)}`;
      restart.push({ path, line });
    }
  }
  return { applied, restart };
}

type Settings = ReturnType<typeof shownSettings>;

function textOf(value: ShownValue | undefined): string {
  return typeof value === "string" ? value : (JSON.stringify(value ?? null) ?? "null");
}

/** Lists may be long, and are told in part. */
const shownLengthMax = 120;

function cut(text: string): string {
  return text.length <= shownLengthMax
    ? text
    : `${text.slice(0, shownLengthMax).toWellFormed()}...`;
}
