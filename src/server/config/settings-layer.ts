// Checks one layer of settings against the schema and turns what zod finds into problems that name their source.

import { suggest } from "./suggest.js";
import { knownKeys, settingsSchema, type Settings } from "./settings-schema.js";
import { showValue, type ConfigProblem, type SettingSource } from "./config-error.js";

export type KeyPath = readonly (string | number)[];

/** One layer: valid settings, and where each of them was written. */
export interface SettingsLayer {
  readonly settings: Settings;
  readonly sourceOf: (path: KeyPath) => SettingSource;
}

export interface CheckedLayer {
  readonly layer: SettingsLayer;
  readonly problems: readonly ConfigProblem[];
}

/** With problems, the layer is empty: its values are not used, but other layers are still checked. */
export function checkLayer(raw: unknown, sourceOf: SettingsLayer["sourceOf"]): CheckedLayer {
  const value = withoutNulls(raw) ?? {};
  const result = settingsSchema.safeParse(value);
  if (result.success) return { layer: { settings: result.data, sourceOf }, problems: [] };
  const problems = result.error.issues.flatMap((issue): ConfigProblem[] => {
    const path = issue.path.filter((key) => typeof key !== "symbol");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownKey([...path, key], key, sourceOf));
    }
    return [invalidValue(path, valueAt(value, path), issue.message, sourceOf)];
  });
  return { layer: { settings: {}, sourceOf }, problems };
}

/** "pools[0].ttl.min". */
export function formatPath(path: KeyPath): string {
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
    .join("")
    .replace(/^\./, "");
}

function invalidValue(
  path: KeyPath,
  value: unknown,
  message: string,
  sourceOf: SettingsLayer["sourceOf"],
): ConfigProblem {
  const source = sourceOf(path);
  // Flags and variables speak of the one pool "default"; only in a file there is a list to count in.
  const name =
    source.kind === "file" ? formatPath(path) : formatPath(path).replace("[0]", ".default");
  const subject = name === "" ? "the content" : name;
  const what = value === undefined ? `${subject} is missing` : `${subject} is ${showValue(value)}`;
  return {
    code: "VALUE_INVALID",
    source,
    path: name,
    message: `${what}: ${message}`,
  };
}

function unknownKey(
  path: KeyPath,
  key: string,
  sourceOf: SettingsLayer["sourceOf"],
): ConfigProblem {
  const group = path.slice(0, -1).filter((part) => typeof part === "string");
  const known = knownKeys[group.join(".")] ?? [];
  const meant = suggest(
    key,
    known.flatMap((name) => [name, ...pathsBelow(group, name)]),
  );
  const hint =
    meant === null ? `the keys here are ${known.join(", ")}` : `did you mean "${meant}"?`;
  return {
    code: "KEY_UNKNOWN",
    source: sourceOf(path),
    path: formatPath(path),
    message: `${showValue(formatPath(path))} is not a known key; ${hint}`,
  };
}

/** A key of a sub-group that was written flat ("logLevel", "ttlMin") is meant as its path, "log.level". */
function pathsBelow(group: readonly string[], name: string): readonly string[] {
  const below = knownKeys[[...group, name].join(".")] ?? [];
  return below.map((subKey) => `${name}.${subKey}`);
}

function valueAt(value: unknown, path: KeyPath): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}

/** A key without a value, as left behind when its lines are commented out, counts as not written. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== null)
      .map(([key, entry]) => [key, withoutNulls(entry)]),
  );
}
