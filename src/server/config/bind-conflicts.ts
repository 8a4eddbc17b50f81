// Whether lessees can bind the ports of a pool as the configuration wants it: plainly, where it says so or has a portserver, whose
// clients know no other way.

import type { PoolConfig } from "./config.js";
import type { ConfigProblem } from "./config-error.js";
import { conflict, told } from "./conflict.js";
import { isAbstract, portserverPool } from "./portserver-address.js";
import type { ResolvedConfig, SettingSources } from "./resolve-config.js";

/** Nobody binds their ports without the token. */
const kindsWithTokens: ReadonlySet<PoolConfig["kind"]> = new Set(["persistent", "runtime"]);

export function bindConflicts({ config, sources }: ResolvedConfig): readonly ConfigProblem[] {
  const { portserver, requireToken, pools } = config;
  const problems = pools.flatMap((pool) => tokenConflicts(pool, sources));
  if (portserver === null) return problems;
  const pool = pools.find(({ name }) => name === portserverPool);
  if (pool !== undefined) problems.push(...portserverConflicts(pool, sources));
  if (requireToken && isAbstract(portserver)) {
    const message =
      `portserver is ${portserver}, but ${told(sources, "requireToken", "true")}: the protocol has no tokens, and anybody on this ` +
      "host may use such a name; give the path of a socket, which is then the broker's user's alone";
    problems.push(conflict(sources, "portserver", message));
  }
  return problems;
}

function tokenConflicts(pool: PoolConfig, sources: SettingSources): ConfigProblem[] {
  if (pool.bind !== "plain" || !kindsWithTokens.has(pool.kind)) return [];
  const path = (key: string): string => `pools.${pool.name}.${key}`;
  const message =
    `${path("bind")} is plain, but ${told(sources, path("kind"), pool.kind)}: the ports of that kind are bound with a token only; ` +
    "use kind held (Linux) or administered, or bind auto";
  return [conflict(sources, path("bind"), message)];
}

function portserverConflicts(pool: PoolConfig, sources: SettingSources): ConfigProblem[] {
  if (pool.bind === "plain" || pool.kind === "administered") return [];
  const path = `pools.${pool.name}.bind`;
  const message =
    `${path} is ${pool.bind}, but ${told(sources, "portserver", "set")}: its clients bind as any program does; use bind plain, or ` +
    "kind administered";
  return [conflict(sources, path, message)];
}
