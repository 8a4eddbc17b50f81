// Has the configuration of a fleet server read again: who may call, and what is logged, count at once; the rest does from the next
// start on, and is told.

import { isDeepStrictEqual } from "node:util";
import type { Access } from "../../server/access/access.js";
import type { AuditTrail } from "../../server/audit-trail/audit-trail.js";
import type { Log } from "../../server/log.js";
import type { Servers } from "../../server/servers.js";
import type { FleetServerConfig } from "../config/fleet-config.js";
import type { LoadedFleetConfig } from "../config/load-fleet-config.js";

export interface FleetReloadParts {
  /** Reads file, environment and flags as the start did. Throws ConfigError. */
  readonly load: () => Pick<LoadedFleetConfig, "config">;
  readonly access: Pick<Access, "prepare">;
  readonly servers: Pick<Servers, "changeLimits" | "allowHosts">;
  readonly configureLog: (log: FleetServerConfig["log"]) => void;
  readonly trail: AuditTrail;
  readonly log: Log;
}

/** Each opens something at the start that stays open. */
const fixedKeys = [
  "listen",
  "source",
  "retentionMs",
  "dataDirectory",
  "auditLog",
  "tracing",
] as const satisfies readonly (keyof FleetServerConfig)[];

export class FleetReload {
  readonly #parts: FleetReloadParts;
  #config: FleetServerConfig;

  constructor(config: FleetServerConfig, parts: FleetReloadParts) {
    this.#config = config;
    this.#parts = parts;
  }

  /** For `by`. Throws ConfigError or StartError when it, or a file that it names, cannot be used: nothing has changed then. */
  reload(by: string): void {
    const { load, access, servers, configureLog, trail, log } = this.#parts;
    try {
      const { config: wanted } = load();
      const next = this.#next(wanted);
      access.prepare(next).apply();
      servers.changeLimits(next.limits);
      servers.allowHosts(next.http.allowedHosts);
      configureLog(next.log);
      const later = this.#later(wanted);
      this.#config = next;
      log.info("the configuration was read again", { reason: by });
      for (const setting of later) {
        log.warn(`another ${setting} counts from the next start on`, { reason: by });
      }
      trail.deed({ what: "config_reloaded", detail: by });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error("the configuration was not read again; what was before counts", { reason });
      throw error;
    }
  }

  #next(wanted: FleetServerConfig): FleetServerConfig {
    const { tls, http } = this.#config;
    const { requireToken, tokens, limits, log } = wanted;
    const counts = { requireToken, tokens, limits, log };
    return {
      ...this.#config,
      ...counts,
      // Whether there is TLS at all is decided where it listens.
      tls: tls === null || wanted.tls === null ? tls : wanted.tls,
      http: { ...http, allowedHosts: wanted.http.allowedHosts },
    };
  }

  #later(wanted: FleetServerConfig): readonly string[] {
    const before = this.#config;
    const fixed = fixedKeys.filter((key) => !isDeepStrictEqual(wanted[key], before[key]));
    return [
      ...fixed.map((key) => (key === "retentionMs" ? "retention" : key)),
      ...(wanted.http.listen === before.http.listen ? [] : ["http.listen"]),
      ...((wanted.tls === null) === (before.tls === null) ? [] : ["tls"]),
    ];
  }
}
