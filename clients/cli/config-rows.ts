// A configuration as a list of its values, each with the path that names it and where it comes from.

export interface ConfigRow {
  /** Such as "pools[0].size" or "log.level". */
  readonly path: string;
  /** As JSON has it, texts without their quotes. */
  readonly value: string;
  /** "" where the broker does not say. */
  readonly source: string;
}

/** In the order of the configuration. A source of a whole section counts for all of its values that have none of their own. */
export function configRows(
  config: Readonly<Record<string, unknown>>,
  sources: Readonly<Record<string, string>>,
): readonly ConfigRow[] {
  return rowsOf("", config, sources, "");
}

function rowsOf(
  path: string,
  value: unknown,
  sources: Readonly<Record<string, string>>,
  outerSource: string,
): readonly ConfigRow[] {
  const source = sources[path] ?? outerSource;
  const parts = partsOf(path, value);
  if (parts !== null && parts.length > 0) {
    return parts.flatMap(([partPath, part]) => rowsOf(partPath, part, sources, source));
  }
  return [{ path, value: typeof value === "string" ? value : JSON.stringify(value), source }];
}

/** `null` for what has no parts. */
function partsOf(path: string, value: unknown): readonly (readonly [string, unknown])[] | null {
  if (typeof value !== "object" || value === null) return null;
  const prefix = path === "" ? "" : `${path}.`;
  if (!Array.isArray(value)) {
    return Object.entries(value).map(([name, part]) => [`${prefix}${name}`, part]);
  }
  const items: readonly unknown[] = value;
  // A list of plain values is read best as a whole.
  if (items.every((item) => typeof item !== "object" || item === null)) return null;
  return items.map((item, index) => [`${path}[${index}]`, item]);
}
