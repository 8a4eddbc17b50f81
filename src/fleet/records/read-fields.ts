// Reads single members of a record's JSON. Every one is required, and throws Unreadable with the member's name, its value and what it
// should be.

import { labelKeyLengthMax, labelsMax, labelValueLengthMax, wallMsMax } from "./record-limits.js";
import { isObject, type JsonObject, shown, Unreadable } from "./read-record.js";

/** A text of 0 to `lengthMax` UTF-16 units. */
export function textOf(object: JsonObject, name: string, lengthMax: number): string {
  const value = object[name];
  if (typeof value === "string" && value.length <= lengthMax) return value;
  throw unfit(object, name, `it is a text of at most ${lengthMax} characters`);
}

/** The same, and not empty. */
export function wordOf(object: JsonObject, name: string, lengthMax: number): string {
  const value = object[name];
  if (typeof value === "string" && value !== "" && value.length <= lengthMax) return value;
  throw unfit(object, name, `it is a text of 1 to ${lengthMax} characters`);
}

export function wholeOf(object: JsonObject, name: string, min: number, max: number): number {
  const value = object[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) {
    // -0 is no number of anything.
    return value === 0 ? 0 : value;
  }
  throw unfit(object, name, `it is a whole number from ${min} to ${max}`);
}

export function truthOf(object: JsonObject, name: string): boolean {
  const value = object[name];
  if (typeof value === "boolean") return value;
  throw unfit(object, name, "it is true or false");
}

export function choiceOf<Choice extends string>(
  object: JsonObject,
  name: string,
  choices: readonly Choice[],
): Choice {
  const value = object[name];
  for (const choice of choices) if (choice === value) return choice;
  throw unfit(object, name, `it is one of ${choices.join(", ")}`);
}

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since 1970. https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
export function timeOf(object: JsonObject, name: string): number {
  const value = object[name];
  if (typeof value === "string" && timePattern.test(value)) {
    const wallMs = Date.parse(value);
    if (wallMs >= 0 && wallMs <= wallMsMax) return wallMs;
  }
  throw unfit(object, name, "it is a time from 1970 on as RFC 3339 writes it");
}

export function objectOf(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  if (isObject(value)) return value;
  throw unfit(object, name, "it is an object");
}

export function listOf<Item>(
  object: JsonObject,
  name: string,
  itemsMax: number,
  read: (item: unknown) => Item,
): readonly Item[] {
  const value = object[name];
  if (!Array.isArray(value)) throw unfit(object, name, "it is a list");
  if (value.length > itemsMax) {
    throw new Unreadable(`its ${name} has ${value.length} entries, and it has at most ${itemsMax}`);
  }
  return value.map((item) => read(item));
}

/** Entries of a list that are objects themselves; `name` is for the refusal. */
export function asObject(item: unknown, name: string): JsonObject {
  if (isObject(item)) return item;
  throw new Unreadable(`an entry of its ${name} is ${shown(item)}, and they are objects`);
}

/** Shared by all that have none: 200,000 empty objects are 10 MB. */
const noLabels: Readonly<Record<string, string>> = Object.freeze({});

/** Whoever looks one up asks Object.hasOwn: a label may be called like a member of all objects. */
export function labelsOf(object: JsonObject, name: string): Readonly<Record<string, string>> {
  const labels = objectOf(object, name);
  let count = 0;
  for (const key of Object.keys(labels)) {
    count += 1;
    const value = labels[key];
    if (key === "" || key.length > labelKeyLengthMax) {
      throw new Unreadable(
        `a key of its ${name} is ${shown(key)}, and keys have 1 to ${labelKeyLengthMax} characters`,
      );
    }
    if (typeof value !== "string" || value.length > labelValueLengthMax) {
      throw new Unreadable(
        `the value of ${shown(key)} in its ${name} is ${shown(value)}, and values are texts of at most ` +
          `${labelValueLengthMax} characters`,
      );
    }
  }
  if (count > labelsMax) {
    throw new Unreadable(`its ${name} has ${count} entries, and it has at most ${labelsMax}`);
  }
  return count === 0 ? noLabels : (labels as Readonly<Record<string, string>>);
}

export function unfit(object: JsonObject, name: string, shouldBe: string): Unreadable {
  return new Unreadable(`its ${name} is ${shown(object[name])}, and ${shouldBe}`);
}
