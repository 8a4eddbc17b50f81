// Reads the JSON of a record: what all records have in common, and the way in which a reader says what is the matter. Checks by hand,
// since 200,000 leases are read when a fleet server starts.

import { recordBytesMax } from "./record-limits.js";

/** `why`: as the rest of a sentence about the entry: "its port is 70000, and ports are 1 to 65535". */
export type ReadResult<Record> = { readonly record: Record } | { readonly why: string };

/** A JSON object. Whoever looks names only what is its own: JSON.parse makes "__proto__" a member like any other. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The version of the records that this version writes and reads. */
export const recordVersion = 1;

/** The record cannot be understood; the message is the `why`. */
export class Unreadable extends Error {}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Never throws, whatever the bytes are. `read` may throw Unreadable. */
export function readRecord<Record>(
  bytes: Uint8Array,
  read: (object: JsonObject) => Record,
): ReadResult<Record> {
  if (bytes.byteLength > recordBytesMax) {
    return { why: `it has ${bytes.byteLength} bytes, and records have at most ${recordBytesMax}` };
  }
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    return { why: "it is not JSON" };
  }
  if (!isObject(value)) return { why: "it is JSON, but no object" };
  if (value["v"] !== recordVersion) return { why: whyVersion(value["v"]) };
  try {
    return { record: read(value) };
  } catch (error) {
    if (error instanceof Unreadable) return { why: error.message };
    throw error;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function whyVersion(version: unknown): string {
  if (typeof version === "number" && version > recordVersion) {
    return `its v is ${shown(version)}: a newer version of portlease wrote it, and this one reads ${recordVersion}`;
  }
  return `its v is ${shown(version)}, and this version of portlease reads ${recordVersion}`;
}

const shownLengthMax = 60;

/** A value as a sentence can have it: short, and of printable ASCII. */
export function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text =
    typeof value === "string" && value.length > shownLengthMax
      ? `${JSON.stringify(value.slice(0, shownLengthMax))}…`
      : JSON.stringify(value);
  return text.replaceAll(
    /[^ -~…]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
