// Makes a layer's raw settings out of flags or of environment variables, by a table of them.

import { suggest } from "./suggest.js";
import type { Setting, SettingsTable } from "./settings-table.js";
import { showValue, type ConfigProblem, type SettingSource } from "./config-error.js";
import type { KeyPath } from "./settings-layer.js";

export interface GivenSettings {
  /** In the shape of the configuration file. */
  readonly raw: unknown;
  readonly sourceOf: (path: KeyPath) => SettingSource;
}

/** `values` by flag, such as "--listen". */
export function settingsFromFlags(
  { settings }: SettingsTable,
  values: Readonly<Record<string, string>>,
): GivenSettings {
  return given(
    settings,
    (setting) => values[setting.flag],
    (setting) => ({ kind: "flag", flag: setting.flag }),
  );
}

/** An empty variable counts as not set. */
export function settingsFromEnvironment(
  { settings }: SettingsTable,
  environment: Readonly<Record<string, string | undefined>>,
): GivenSettings {
  return given(
    settings,
    (setting) => environment[setting.variable] || undefined,
    (setting) => ({ kind: "environment", variable: setting.variable }),
  );
}

/**
 * Variables that look like a misspelt one of the table. Others that begin as they do are left alone: Kubernetes makes such
 * variables by itself for a service called "portlease".
 */
export function misspeltVariables(
  { settings, prefix, configVariable, foreignVariables, foreignPrefixes }: SettingsTable,
  environment: Readonly<Record<string, string | undefined>>,
): readonly ConfigProblem[] {
  const own = [...settings.map((setting) => setting.variable), configVariable];
  const known = new Set([...own, ...foreignVariables]);
  return Object.keys(environment)
    .filter((name) => name.toUpperCase().startsWith(prefix) && !known.has(name))
    .filter((name) => !/^(?:SERVICE_|PORT_\d)/.test(name.slice(prefix.length)))
    .filter((name) => !foreignPrefixes.some((other) => name.toUpperCase().startsWith(other)))
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
  settings: readonly Setting[],
  valueOf: (setting: Setting) => string | undefined,
  sourceFor: (setting: Setting) => SettingSource,
): GivenSettings {
  const raw: Record<string, unknown> = {};
  const pool: Record<string, unknown> = {};
  for (const setting of settings) {
    const value = valueOf(setting);
    if (value === undefined) continue;
    const parsed = read(setting, value);
    const keys = setting.path.split(".");
    if (keys[0] === "pools") put(pool, keys.slice(2), parsed);
    else put(raw, keys, parsed);
  }
  if (Object.keys(pool).length > 0) raw["pools"] = [{ name: "default", ...pool }];
  const sourceOf = (path: KeyPath): SettingSource => {
    // In this layer there is one pool at most, so its index says nothing.
    const wanted = path.map((key) => (typeof key === "number" ? "default" : key)).join(".");
    const setting = settings.find(
      ({ path: own, form }) => own === wanted || (form === "list" && wanted === `${own}.default`),
    );
    return setting === undefined ? { kind: "default" } : sourceFor(setting);
  };
  return { raw, sourceOf };
}

function read({ form }: Setting, value: string): unknown {
  if (form === "list") return value.split(",").map((entry) => entry.trim());
  return form === "number" && /^\d+$/.test(value) ? Number(value) : value;
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
