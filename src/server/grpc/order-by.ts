// Orders of lists, as in AIP-132 (https://google.aip.dev/132#ordering): fields with an optional "desc". What names an item is
// always the end of the key, so that an order is total and a page can go on after an item that is gone meanwhile.

import { fieldInvalid } from "../domain/refusals.js";
import type { FieldTable, SortField } from "./filter-fields.js";
import { shown } from "./filter-refusals.js";

export type SortKey = readonly (string | number)[];

export interface Order<Item> {
  /** True for the order in which the items are kept anyway: by what names them. */
  readonly isDefault: boolean;
  /** Of an item, in this order. */
  keyOf(item: Item): SortKey;
  /** Negative when `a` comes first. */
  compare(a: SortKey, b: SortKey): number;
  /** The same for an item whose key was not made: most of many are passed over at their first field. */
  compareTo(item: Item, key: SortKey): number;
  /** Whether a key that came back from a caller is one of this order. */
  isKey(key: readonly unknown[]): key is SortKey;
}

const fieldsMax = 8;
const lengthMax = 512;
interface Part<Item> {
  readonly name: string;
  readonly field: SortField<Item>;
  readonly descending: boolean;
}

/** Throws field_invalid. */
export function parseOrderBy<Item>(orderBy: string, table: FieldTable<Item>): Order<Item> {
  if (orderBy.length > lengthMax) {
    throw fieldInvalid(
      "order_by",
      `has ${orderBy.length} characters, at most ${lengthMax} are allowed`,
    );
  }
  const words = orderBy.trim() === "" ? [] : orderBy.split(",");
  if (words.length > fieldsMax) {
    throw fieldInvalid("order_by", `has ${words.length} fields, at most ${fieldsMax} are allowed`);
  }
  const parts: Part<Item>[] = [];
  for (const part of words.map((text) => parsePart(text, table))) {
    if (parts.some(({ name }) => name === part.name)) {
      throw fieldInvalid("order_by", `names ${part.name} twice`);
    }
    parts.push(part);
  }
  return orderOf(madeTotal(parts, table), table);
}

/** Once an item is named, nothing is left to decide. */
function madeTotal<Item>(
  parts: readonly Part<Item>[],
  table: FieldTable<Item>,
): readonly Part<Item>[] {
  const unnamed = new Set(table.idFields);
  for (const [index, { name }] of parts.entries()) {
    unnamed.delete(name);
    if (unnamed.size === 0) return parts.slice(0, index + 1);
  }
  return [...parts, ...[...unnamed].map((name) => parsePart(name, table))];
}

function orderOf<Item>(parts: readonly Part<Item>[], { idFields }: FieldTable<Item>): Order<Item> {
  const readers = parts.map(({ field }) => field.sortKey);
  return {
    isDefault:
      parts.length === idFields.length &&
      parts.every(({ name, descending }, index) => name === idFields[index] && !descending),
    keyOf: (item) => readers.map((read) => read(item)),
    compare: (a, b) => compareFields(parts, (index) => a[index] ?? 0, b),
    compareTo: (item, key) => compareFields(parts, (index) => readers[index]?.(item) ?? 0, key),
    isKey: (key): key is SortKey =>
      key.length === parts.length &&
      parts.every(({ field }, index) =>
        field.sortsAs === "text" ? typeof key[index] === "string" : Number.isFinite(key[index]),
      ),
  };
}

function compareFields(
  parts: readonly { readonly descending: boolean }[],
  read: (index: number) => string | number,
  key: SortKey,
): number {
  for (let index = 0; index < parts.length; index += 1) {
    const one = read(index);
    const other = key[index] ?? 0;
    if (one !== other) return one < other === parts[index]?.descending ? 1 : -1;
  }
  return 0;
}

function parsePart<Item>(text: string, { sortFields }: FieldTable<Item>): Part<Item> {
  const [name = "", direction = "asc", ...rest] = text.trim().split(/\s+/);
  const field = Object.hasOwn(sortFields, name) ? sortFields[name] : undefined;
  if (field === undefined) {
    const known = Object.keys(sortFields).join(", ");
    throw fieldInvalid("order_by", `has ${shown(text)}; the fields are ${known}`);
  }
  if ((direction !== "asc" && direction !== "desc") || rest.length > 0) {
    throw fieldInvalid(
      "order_by",
      `has ${shown(text)}; after a field only "desc" or "asc" may stand`,
    );
  }
  return { name, field, descending: direction === "desc" };
}
