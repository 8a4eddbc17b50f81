// Why a text is no message: names the field, wherever it is nested, and the form that it should have. Never repeats what was sent:
// it may be a key.

import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Registry,
  ScalarType,
} from "@bufbuild/protobuf";
import { echo } from "../domain/echo.js";
import { fieldInvalid } from "../domain/refusals.js";
import type { BrokerError } from "../domain/errors.js";

/** A key's text in a refusal is at most this long. */
const shownLengthMax = 64;

/** `text` could not be read as a message of `schema`. */
export function jsonRefusal(schema: DescMessage, text: string, registry: Registry): BrokerError {
  let json: JsonValue;
  try {
    json = JSON.parse(text) as JsonValue;
  } catch {
    return fieldInvalid("message", "is no JSON; send an object, such as {}");
  }
  const bad = findBadField(schema, json, registry);
  if (bad !== null) return fieldInvalid(bad.path, bad.problem);
  return fieldInvalid(
    "message",
    `is no ${schema.name}: it must be an object, in which each field stands once`,
  );
}

interface BadField {
  /** Such as "holder.process_id". */
  readonly path: string;
  readonly problem: string;
}

/** Each field is read alone: the one that cannot be is it. `null`: they can, each by itself. */
function findBadField(schema: DescMessage, json: JsonValue, registry: Registry): BadField | null {
  if (!isObject(json)) return null;
  for (const [key, value] of Object.entries(json)) {
    const field = schema.fields.find(({ name, jsonName }) => name === key || jsonName === key);
    if (field === undefined) {
      return {
        path: shown(key),
        problem: `is no field of ${schema.name}; its fields are: ${namesOf(schema)}`,
      };
    }
    if (canRead(schema, { [key]: value }, registry)) continue;
    const below = isPlainMessage(field) ? findBadField(field.message, value, registry) : null;
    if (below === null)
      return { path: field.name, problem: `cannot be read: it is ${formOf(field)}` };
    return { ...below, path: `${field.name}.${below.path}` };
  }
  return null;
}

function canRead(schema: DescMessage, json: JsonObject, registry: Registry): boolean {
  try {
    fromJson(schema, json, { registry });
    return true;
  } catch {
    return false;
  }
}

/** The JSON of the others has a form of its own. */
function isPlainMessage(field: DescField): field is DescField & { fieldKind: "message" } {
  return field.fieldKind === "message" && !field.message.typeName.startsWith("google.protobuf.");
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function shown(key: string): string {
  const harmless = echo(key, key.length);
  const cut = harmless.length > shownLengthMax;
  return (cut ? `${harmless.slice(0, shownLengthMax)}…` : harmless).toWellFormed();
}

function namesOf({ fields }: DescMessage): string {
  return fields.length === 0 ? "none" : fields.map(({ name }) => name).join(", ");
}

function formOf(field: DescField): string {
  switch (field.fieldKind) {
    case "list":
      return "a list";
    case "map":
      return "an object of names and values";
    case "enum":
      return `one of ${field.enum.values.map(({ name }) => name).join(", ")}`;
    case "message":
      return wellKnownForms[field.message.typeName] ?? "an object";
    case "scalar":
      return scalarForms[field.scalar] ?? "a whole number in its range, or a text of its digits";
  }
}

const wellKnownForms: Readonly<Record<string, string>> = {
  "google.protobuf.Duration": 'a time with its unit, such as "30s" or "1.5s"',
  "google.protobuf.Timestamp": 'a time such as "2026-11-25T03:12:00Z"',
};
const scalarForms: Readonly<Partial<Record<ScalarType, string>>> = {
  [ScalarType.STRING]: "a text",
  [ScalarType.BYTES]: "a text in base64",
  [ScalarType.BOOL]: "true or false",
  [ScalarType.DOUBLE]: "a number",
  [ScalarType.FLOAT]: "a number",
};
