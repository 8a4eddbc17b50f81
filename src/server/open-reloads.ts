// Puts the reload of the configuration together: which part of the running broker takes which of the new values, and who hears of it.

import type { Access } from "./access/access.js";
import type { AuditTrail } from "./audit-trail/audit-trail.js";
import type { FileAuditTrail } from "./audit-trail/file-audit-trail.js";
import type { BrokerConfig } from "./config/config.js";
import type { Broker } from "./domain/broker.js";
import type { ConfigCalls } from "./grpc/config-calls.js";
import type { Log, LogOptions } from "./log.js";
import type { OpenCore } from "./open-core.js";
import { effectiveConfig, type PoolState } from "./reload/effective-config.js";
import { PoolReloads } from "./reload/pool-reloads.js";
import { type ConfigOrigin, Reloader, type ReloadReport } from "./reload/reloader.js";
import type { Servers } from "./servers.js";

/** What `startBroker` is given beside the configuration. */
export interface StartOrigin extends ConfigOrigin {
  /** Other lines, or other ones left out, from now on. */
  readonly configureLog: (options: LogOptions) => void;
}

export interface ReloadParts {
  readonly core: OpenCore;
  readonly access: Access;
  readonly servers: Pick<Servers, "changeLimits" | "allowHosts">;
  /** `null`: there is no audit log. */
  readonly audit: Pick<FileAuditTrail, "limit"> | null;
  readonly trail: AuditTrail;
  readonly log: Log;
}

export interface OpenReloads extends ConfigCalls {
  /** The configuration that counts, what operators changed aside. */
  readonly config: () => BrokerConfig;
}

export function openReloads(
  config: BrokerConfig,
  origin: StartOrigin,
  { core, access, servers, audit, trail, log }: ReloadParts,
): OpenReloads {
  const { broker, keepHistory } = core;
  const pools = new PoolReloads({ ...core, log });
  const applySettings = (changed: BrokerConfig): void => {
    origin.configureLog(changed.log);
    servers.changeLimits(changed.limits);
    servers.allowHosts(changed.http.allowedHosts);
    audit?.limit(changed.auditLog);
    broker.setAuditEvery(changed.auditEveryMs);
  };
  const prepareAccess = (changed: BrokerConfig) => access.prepare(changed);
  const targets = { prepareAccess, applySettings, keepHistory, pools };
  const reloader = new Reloader(config, origin, targets, log);
  return {
    config: () => reloader.config,
    effective: () =>
      effectiveConfig(reloader.config, reloader.sources, (pool) => stateOf(broker, pool)),
    reload: async (validateOnly, by) => {
      try {
        const report = await reloader.reload(validateOnly);
        if (!validateOnly) tell(report, by, trail, log);
        return report;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn("the configuration was not reloaded", { caller: by, reason });
        trail.deed({ what: "config_reloaded", detail: `by ${by}: refused: ${reason}` });
        throw error;
      }
    },
  };
}

/** `null`: there is no such pool, as when its ports could not be had. */
function stateOf({ pools, policies }: Broker, name: string): PoolState | null {
  const pool = pools.find(({ policy }) => policy.name === name);
  if (pool === undefined) return null;
  const adjustment = policies.adjustmentOf(name);
  return { policy: pool.policy, adjustment, misfits: policies.misfitsOf(name) };
}

function tell(
  { applied, needsRestart, failed }: ReloadReport,
  by: string,
  trail: AuditTrail,
  log: Log,
): void {
  for (const line of applied) log.info(`reloaded: ${line}`, { caller: by });
  for (const line of needsRestart) log.warn(`needs a restart: ${line}`, { caller: by });
  const counts = `${applied.length} applied, ${needsRestart.length} need a restart, ${failed.length} failed`;
  log.info("the configuration was read again", { caller: by, reason: counts });
  trail.deed({ what: "config_reloaded", detail: `by ${by}: ${counts}` });
}
