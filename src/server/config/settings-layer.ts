// Checks one layer of settings against the schema and turns what zod finds into problems that name their source.

import type * as z from "zod";
import { suggest } from "./suggest.js";
import type { Settings } from "./settings-schema.js";
import { showValue, type ConfigProblem, type SettingSource } from "./config-error.js";

export type KeyPath = readonly (string | number)[];

/** What a server lets be set. */
export interface SettingsForm<Form> {
  /** Every key of it is optional. */
  readonly schema: z.ZodType<Form>;
  /** The keys that a group knows, by the group's path without indexes: "", "log", "pools", "pools.ttl". */
  readonly knownKeys: Readonly<Record<string, readonly string[]>>;
}

/** One layer: valid settings, and where each of them was written. */
export interface SettingsLayer<Form = Settings> {
  readonly settings: Form;
  readonly sourceOf: (path: KeyPath) => SettingSource;
}

export interface CheckedLayer<Form> {
  readonly layer: SettingsLayer<Form>;
  readonly problems: readonly ConfigProblem[];
}

/** With problems, the layer is empty: its values are not used, but other layers are still checked. */
export function checkLayer<Form>(
  raw: unknown,
  sourceOf: SettingsLayer["sourceOf"],
  { schema, knownKeys }: SettingsForm<Form>,
): CheckedLayer<Form> {
  const value = withoutNulls(raw) ?? {};
  const result = schema.safeParse(value);
  if (result.success) return { layer: { settings: result.data, sourceOf }, problems: [] };
  const problems = result.error.issues.flatMap((issue): ConfigProblem[] => {
    const path = issue.path.filter((key) => typeof key !== "symbol");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownKey([...path, key], key, sourceOf, knownKeys));
    }
    return [invalidValue(path, valueAt(value, path), issue.message, sourceOf)];
  });
  return { layer: { settings: {} as Form, sourceOf }, problems };
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
    source.kind === "file"
      ? formatPath(path)
      : formatPath(path).replace("pools[0]", "pools.default");
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
  knownKeys: SettingsForm<unknown>["knownKeys"],
): ConfigProblem {
  const group = path.slice(0, -1).filter((part) => typeof part === "string");
  const known = knownKeys[group.join(".")] ?? [];
  const meant = suggest(
    key,
    known.flatMap((name) => [name, ...pathsBelow([...group, name], knownKeys)]),
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
function pathsBelow(
  group: readonly string[],
  knownKeys: SettingsForm<unknown>["knownKeys"],
): readonly string[] {
  const below = knownKeys[group.join(".")] ?? [];
  return below.map((subKey) => `${group.at(-1) ?? ""}.${subKey}`);
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
