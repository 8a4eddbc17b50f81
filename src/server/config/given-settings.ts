// Makes a layer's raw settings out of flags or of environment variables, by the table in settings.ts.

import { suggest } from "./suggest.js";
import { configVariable, foreignVariables, settings, type Setting } from "./settings.js";
import { showValue, type ConfigProblem, type SettingSource } from "./config-error.js";
import type { KeyPath } from "./settings-layer.js";

export interface GivenSettings {
  /** In the shape of the configuration file. */
  readonly raw: unknown;
  readonly sourceOf: (path: KeyPath) => SettingSource;
}

/** `values` by flag, such as "--listen". */
export function settingsFromFlags(values: Readonly<Record<string, string>>): GivenSettings {
  return given(
    (setting) => values[setting.flag],
    (setting) => ({ kind: "flag", flag: setting.flag }),
  );
}

/** An empty variable counts as not set. */
export function settingsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): GivenSettings {
  return given(
    (setting) => environment[setting.variable] || undefined,
    (setting) => ({ kind: "environment", variable: setting.variable }),
  );
}

/**
 * Variables that look like a misspelt one of ours. Others that begin with PORTLEASE_ are left alone: Kubernetes makes
 * such variables by itself for a service called "portlease".
 */
export function misspeltVariables(
  environment: Readonly<Record<string, string | undefined>>,
): readonly ConfigProblem[] {
  const prefix = "PORTLEASE_";
  const own = [...settings.map((setting) => setting.variable), configVariable];
  const known = new Set([...own, ...foreignVariables]);
  return Object.keys(environment)
    .filter((name) => name.toUpperCase().startsWith(prefix) && !known.has(name))
    .filter((name) => !/^PORTLEASE_(?:SERVICE_|PORT_\d)/.test(name))
    .flatMap((name): ConfigProblem[] => {
      // Only what follows the common beginning is compared, or everything would look alike.
      const meant = suggest(
        name.slice(prefix.length),
        [...known].map((variable) => variable.slice(prefix.length)),
      );
      if (meant === null) return [];
      const message = `this is not a known variable; did you mean ${prefix}${meant}?`;
      const source = { kind: "environment", variable: name } as const;
      return [{ code: "KEY_UNKNOWN", source, path: "", message }];
    });
}

function given(
  valueOf: (setting: Setting) => string | undefined,
  sourceFor: (setting: Setting) => SettingSource,
): GivenSettings {
  const raw: Record<string, unknown> = {};
  const pool: Record<string, unknown> = {};
  for (const setting of settings) {
    const value = valueOf(setting);
    if (value === undefined) continue;
    const parsed = setting.numeric && /^\d+$/.test(value) ? Number(value) : value;
    const keys = setting.path.split(".");
    if (keys[0] === "pools") put(pool, keys.slice(2), parsed);
    else put(raw, keys, parsed);
  }
  if (Object.keys(pool).length > 0) raw["pools"] = [{ name: "default", ...pool }];
  const sourceOf = (path: KeyPath): SettingSource => {
    // In this layer there is one pool at most, so its index says nothing.
    const wanted = path.map((key) => (typeof key === "number" ? "default" : key)).join(".");
    const setting = settings.find((candidate) => candidate.path === wanted);
    return setting === undefined ? { kind: "default" } : sourceFor(setting);
  };
  return { raw, sourceOf };
}

function put(target: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [key, ...rest] = keys;
  if (key === undefined) throw new Error(`a setting without a path has ${showValue(value)}`);
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const group = (target[key] ?? {}) as Record<string, unknown>;
  target[key] = group;
  put(group, rest, value);
}
