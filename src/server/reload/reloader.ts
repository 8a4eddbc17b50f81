// Has the configuration read again and brings it into force, one reload after the other. Everything is checked before anything
// changes; then what cannot fail comes first, and pools, which may want ports that others have, come last.

import { ConfigError } from "../config/config-error.js";
import type { BrokerConfig, PoolConfig } from "../config/config.js";
import type { LoadedConfig } from "../config/load-config.js";
import type { SettingSources } from "../config/resolve-config.js";
import type { PreparedAccess } from "../access/access.js";
import { BrokerError } from "../domain/errors.js";
import type { Log } from "../log.js";
import { StartError } from "../start-error.js";
import { planReload, type ReloadPlan } from "./plan-reload.js";
import type { PoolReloads } from "./pool-reloads.js";
import { sourcesInForce } from "./sources-in-force.js";

/** How a configuration came to be, and how it is read again. */
export interface ConfigOrigin {
  readonly sources: SettingSources;
  /** Reads file, environment and flags as the start did. Throws ConfigError. */
  readonly load: () => Pick<LoadedConfig, "config" | "sources">;
}

/** The parts of a broker that take other values while it runs. */
export interface ReloadTargets {
  /** Throws StartError when a file of it cannot be used. */
  readonly prepareAccess: (config: BrokerConfig) => PreparedAccess;
  /** Logging, limits, hosts, sizes, intervals: cannot fail. */
  readonly applySettings: (config: BrokerConfig) => void;
  readonly keepHistory: (history: BrokerConfig["history"]) => Promise<void>;
  readonly pools: Pick<PoolReloads, "open" | "change" | "retire">;
}

/** Lines for people. */
export interface ReloadReport {
  /** What counts now. */
  readonly applied: readonly string[];
  /** What counts from the next start on, and why not now. */
  readonly needsRestart: readonly string[];
  /** What failed, and is tried again by the next reload. */
  readonly failed: readonly string[];
}

/** Does one thing; false when it failed, which is noted then. `done` is the line for what succeeded; `null`: told already. */
type Attempt = (
  what: string,
  done: string | null,
  work: () => Promise<void> | void,
) => Promise<boolean>;

export class Reloader {
  readonly #origin: ConfigOrigin;
  readonly #targets: ReloadTargets;
  readonly #log: Log;
  #config: BrokerConfig;
  #sources: SettingSources;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(config: BrokerConfig, origin: ConfigOrigin, targets: ReloadTargets, log: Log) {
    this.#config = config;
    this.#sources = origin.sources;
    this.#origin = origin;
    this.#targets = targets;
    this.#log = log;
  }

  /** What counts now, as it was configured. */
  get config(): BrokerConfig {
    return this.#config;
  }

  get sources(): SettingSources {
    return this.#sources;
  }

  /**
   * Rejects with BrokerError field_invalid when the configuration, or a file that it names, cannot be used: nothing has changed
   * then. `validateOnly`: nothing changes either way, and the report says what would.
   */
  reload(validateOnly: boolean): Promise<ReloadReport> {
    const done = this.#busy.then(() => this.#reload(validateOnly));
    this.#busy = done.catch(() => undefined);
    return done;
  }

  async #reload(validateOnly: boolean): Promise<ReloadReport> {
    const wanted = this.#read();
    const plan = planReload(this.#config, wanted.config);
    const access = this.#prepare(plan.config);
    const needsRestart = plan.restart.map(({ line }) => line);
    if (validateOnly) return { applied: plannedLines(plan), needsRestart, failed: [] };
    const applied = plan.applied.map(({ line }) => line);
    // In one turn with the reading of its files: what changes in them later is seen by the watch.
    applied.push(...fileLines(access.apply()));
    this.#targets.applySettings(plan.config);
    const failed: string[] = [];
    const before = this.#config;
    const attempt: Attempt = async (what, done, work) => {
      try {
        await work();
        if (done !== null) applied.push(done);
        return true;
      } catch (error) {
        failed.push(`${what}: ${reasonOf(error)}`);
        this.#log.warn("a part of the reload failed", { reason: `${what}: ${reasonOf(error)}` });
        return false;
      }
    };
    const pools = await this.#changePools(plan, before, attempt);
    await attempt("history", null, () => this.#targets.keepHistory(plan.config.history));
    this.#config = Object.freeze({ ...plan.config, pools });
    this.#sources = sourcesInForce(this.#sources, wanted.sources, plan, this.#config);
    return { applied, needsRestart, failed };
  }

  #read(): Pick<LoadedConfig, "config" | "sources"> {
    try {
      return this.#origin.load();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw refused(error.problems[0]?.path || "config", error);
    }
  }

  #prepare(config: BrokerConfig): PreparedAccess {
    try {
      return this.#targets.prepareAccess(config);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      throw refused("tokens, tls", error);
    }
  }

  /** Resolves with the pools that are in force. Retired ones go first: others may want their ports. */
  async #changePools(
    { config, retired, changed, opened }: ReloadPlan,
    before: BrokerConfig,
    attempt: Attempt,
  ): Promise<readonly PoolConfig[]> {
    const { pools } = this.#targets;
    const asBefore = new Set<string>();
    for (const name of retired) {
      if (!(await attempt(`pool "${name}"`, retiredLine(name), () => pools.retire(name))))
        asBefore.add(name);
    }
    // Told already, value by value.
    for (const pool of changed) pools.change(pool);
    for (const pool of opened) {
      if (!(await attempt(`pool "${pool.name}"`, openedLine(pool), () => pools.open(pool))))
        asBefore.add(pool.name);
    }
    return [
      ...config.pools.filter(({ name }) => !asBefore.has(name)),
      ...before.pools.filter(({ name }) => asBefore.has(name)),
    ];
  }
}

function plannedLines({ applied, retired, opened }: ReloadPlan): readonly string[] {
  return [
    ...applied.map(({ line }) => line),
    ...retired.map(retiredLine),
    ...opened.map(openedLine),
  ];
}

function retiredLine(name: string): string {
  return `pool "${name}" is retired: it grants nothing more, and its leases go on until they end`;
}

function openedLine({ name, size, protocol }: PoolConfig): string {
  return `pool "${name}" is opened with ${size} ${protocol} ports`;
}

function fileLines({ tokens, certificate }: ReturnType<PreparedAccess["apply"]>): string[] {
  return [
    ...(tokens ? ["the tokens that are valid are others than before"] : []),
    ...(certificate ? ["new connections get another certificate than before"] : []),
  ];
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refused(field: string, cause: Error): BrokerError {
  const message = `nothing was reloaded: ${cause.message}`;
  return new BrokerError("field_invalid", message, { field, metadata: { field }, cause });
}
