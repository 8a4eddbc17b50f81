// The order of ListLeases, as in AIP-132 (https://google.aip.dev/132#ordering): fields with an optional "desc". The lease id
// is always the last key, so that an order is total and a page can go on after a lease that has ended meanwhile.

import { fieldInvalid } from "../domain/acquire-request.js";
import type { LeaseRecord } from "../domain/records.js";
import { filterFields } from "./filter-fields.js";
import { shown } from "./filter-refusals.js";

export type SortKey = readonly (string | number)[];

export interface LeaseOrder {
  /** True for the order in which the broker keeps leases anyway. */
  readonly isDefault: boolean;
  /** Of a lease, in this order. */
  keyOf(lease: LeaseRecord): SortKey;
  /** Negative when `a` comes first. */
  compare(a: SortKey, b: SortKey): number;
  /** The same for a lease whose key was not made: most of many leases are passed over at their first field. */
  compareTo(lease: LeaseRecord, key: SortKey): number;
  /** Whether a key that came back from a caller is one of this order. */
  isKey(key: readonly unknown[]): key is SortKey;
}

const fieldsMax = 8;
const lengthMax = 512;
interface Part {
  readonly name: string;
  readonly descending: boolean;
}

/** Throws field_invalid. */
export function parseOrderBy(orderBy: string): LeaseOrder {
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
  const parts: Part[] = [];
  for (const part of words.map(parsePart)) {
    if (parts.some(({ name }) => name === part.name)) {
      throw fieldInvalid("order_by", `names ${part.name} twice`);
    }
    parts.push(part);
  }
  // After a lease id nothing is left to decide.
  const byId = parts.findIndex(({ name }) => name === "lease_id");
  const total =
    byId < 0 ? [...parts, { name: "lease_id", descending: false }] : parts.slice(0, byId + 1);
  return orderOf(total);
}

function orderOf(parts: readonly Part[]): LeaseOrder {
  const readers = parts.map(({ name }) => filterFields[name]?.sortKey ?? (() => ""));
  return {
    isDefault: parts.length === 1 && parts[0]?.descending === false,
    keyOf: (lease) => readers.map((read) => read(lease)),
    compare: (a, b) => compareFields(parts, (index) => a[index] ?? 0, b),
    compareTo: (lease, key) => compareFields(parts, (index) => readers[index]?.(lease) ?? 0, key),
    isKey: (key): key is SortKey =>
      key.length === parts.length &&
      parts.every(({ name }, index) =>
        filterFields[name]?.sortsAs === "text"
          ? typeof key[index] === "string"
          : Number.isFinite(key[index]),
      ),
  };
}

function compareFields(
  parts: readonly Part[],
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

function parsePart(text: string): Part {
  const [name = "", direction = "asc", ...rest] = text.trim().split(/\s+/);
  if (!Object.hasOwn(filterFields, name)) {
    const known = Object.keys(filterFields).join(", ");
    throw fieldInvalid("order_by", `has ${shown(text)}; the fields are ${known}`);
  }
  if ((direction !== "asc" && direction !== "desc") || rest.length > 0) {
    throw fieldInvalid(
      "order_by",
      `has ${shown(text)}; after a field only "desc" or "asc" may stand`,
    );
  }
  return { name, descending: direction === "desc" };
}
