// The last line of defence against secrets in logs: whatever stands under a key named like a secret is masked, at any depth.
// It is no licence to log secrets; nobody is meant to pass them here at all.

const secretKey =
  /token|holder[-_]?key|secret|passw(?:or)?d|passphrase|authorization|cookie|credential|private[-_]?key|api[-_]?key/i;

const mask = "[masked]";

/** Deeper than this, or longer lists than this, nobody reads in a log line. */
const depthMax = 6;
const entriesMax = 100;

/**
 * A copy that is plain JSON data: masked, without cycles, bigints as decimal text, bytes as their count.
 * Errors become their name, code, message and cause, and their stack when `stacks` is set.
 */
export function maskSecrets(value: unknown, stacks: boolean): unknown {
  return copy(value, stacks, []);
}

function copy(value: unknown, stacks: boolean, above: readonly object[]): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return `[${typeof value}]`;
  if (typeof value !== "object" || value === null) return value;
  if (above.includes(value)) return "[circular]";
  if (above.length >= depthMax) return "[deeper]";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  const inside = [...above, value];
  if (value instanceof Map) return copyEntries([...value.entries()], stacks, inside);
  if (Array.isArray(value) || value instanceof Set) {
    const items = [...(value as Iterable<unknown>)].slice(0, entriesMax);
    return items.map((item) => copy(item, stacks, inside));
  }
  if (value instanceof Error) return copyError(value, stacks, inside);
  return copyEntries(Object.entries(value), stacks, inside);
}

function copyEntries(
  entries: readonly (readonly [unknown, unknown])[],
  stacks: boolean,
  inside: readonly object[],
): unknown {
  return Object.fromEntries(
    entries.slice(0, entriesMax).map(([key, entry]) => {
      const name = String(key);
      return [name, secretKey.test(name) ? mask : copy(entry, stacks, inside)];
    }),
  );
}

function copyError(error: Error, stacks: boolean, inside: readonly object[]): unknown {
  const { name, message, stack, cause } = error;
  // The own fields of our errors are typed and short; the name and message are not among them.
  const fields = Object.entries(error).filter(([key]) => key !== "name" && key !== "cause");
  return {
    name,
    message,
    ...(copyEntries(fields, stacks, inside) as object),
    ...(cause === undefined ? {} : { cause: copy(cause, stacks, inside) }),
    ...(stacks && stack !== undefined ? { stack } : {}),
  };
}
