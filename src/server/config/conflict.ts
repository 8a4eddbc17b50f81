// How a conflict between two values is told: at the place of the first, with the value and the source of the second.

import { type ConfigProblem, describeSource } from "./config-error.js";
import type { SettingSources } from "./resolve-config.js";

export function conflict(sources: SettingSources, path: string, message: string): ConfigProblem {
  const source = sources.get(path) ?? { kind: "default" };
  return { code: "VALUES_CONFLICT", source, path, message };
}

/** "pools.default.ttl.min is 1m (flag --pool-ttl-min)". */
export function told(sources: SettingSources, path: string, value: string | number): string {
  return `${path} is ${value} (${describeSource(sources.get(path) ?? { kind: "default" })})`;
}
