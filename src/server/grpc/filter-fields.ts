// The kinds of fields that filters and orders know, whatever is listed: how each kind is compared, and what an order compares of it.
// Which fields there are is for the table of each list.

import { parseDuration } from "../config/duration.js";
import type { PortRange } from "../domain/port-range.js";
import { shown } from "./filter-refusals.js";
import type { Comparator, ValueToken } from "./filter-tokens.js";

export type Test<Item> = (item: Item) => boolean;
export type Labels = Readonly<Record<string, string>>;

export interface SortField<Item> {
  /** What an order compares. */
  readonly sortKey: (item: Item) => number | string;
  readonly sortsAs: "text" | "number";
}

export interface FilterField<Item> extends SortField<Item> {
  /** False for what may change while an item is there: a watch of leases cannot be filtered by it. */
  readonly fixed: boolean;
  /** Throws InvalidComparison. */
  readonly compare: (comparator: Comparator, value: ValueToken) => Test<Item>;
}

/** What filters and orders may say of the items of a list. */
export interface FieldTable<Item> {
  readonly fields: Readonly<Record<string, FilterField<Item>>>;
  readonly labelsOf: (item: Item) => Labels;
  readonly sortFields: Readonly<Record<string, SortField<Item>>>;
  /** Those of `sortFields` that name an item together: they end every order, so that it is total. */
  readonly idFields: readonly string[];
}

/** A comparison that the field cannot make; the parser adds where it stands. */
export class InvalidComparison extends Error {}

/** `labels.key` and `labels:key`. */
export function compareLabel<Item>(
  labelsOf: (item: Item) => Labels,
  key: string,
  comparator: Comparator,
  value: ValueToken,
): Test<Item> {
  const has = hasLabel(labelsOf, key);
  if (comparator === ":" && value.text === "*" && value.wildEnd) return has;
  if (comparator !== "=" && comparator !== "!=" && comparator !== ":") {
    throw new InvalidComparison(`labels are compared with =, != and :, not with ${comparator}`);
  }
  const matches = textPattern(value);
  const equal: Test<Item> = (item) => has(item) && matches(labelsOf(item)[key] ?? "");
  return comparator === "!=" ? (item) => !equal(item) : equal;
}

export function hasLabel<Item>(labelsOf: (item: Item) => Labels, key: string): Test<Item> {
  return (item) => Object.hasOwn(labelsOf(item), key);
}

export function text<Item>(read: (item: Item) => string, fixed = true): FilterField<Item> {
  const compare = (comparator: Comparator, value: ValueToken): Test<Item> => {
    onlyEquality(comparator, "texts");
    const matches = textPattern(value);
    return comparator === "=" ? (item) => matches(read(item)) : (item) => !matches(read(item));
  };
  return { fixed, sortKey: read, sortsAs: "text", compare };
}

/** One of a few words, in any case, with or without the prefix of the API's enum, with - or _. */
export function word<Item>(
  prefix: string,
  words: readonly string[],
  fixed: boolean,
  read: (item: Item) => string,
): FilterField<Item> {
  const compare = (comparator: Comparator, value: ValueToken): Test<Item> => {
    onlyEquality(comparator, "words");
    const asked = value.text.toUpperCase().replace(prefix, "").toLowerCase().replaceAll("_", "-");
    if (!words.includes(asked)) {
      throw new InvalidComparison(`${shown(value.text)} is none of ${words.join(", ")}`);
    }
    return comparator === "=" ? (item) => read(item) === asked : (item) => read(item) !== asked;
  };
  return { fixed, sortKey: read, sortsAs: "text", compare };
}

export function number<Item>(
  fixed: boolean,
  parse: (text: string) => number,
  read: (item: Item) => number,
): FilterField<Item> {
  const compare = (comparator: Comparator, value: ValueToken): Test<Item> => {
    const asked = parse(value.text);
    const holds = numberTest(comparator, asked);
    return (item) => holds(read(item));
  };
  return { fixed, sortKey: read, sortsAs: "number", compare };
}

/** Each port of the run counts: = and the orders want one that fits, != wants none that is equal. */
export function ports<Item>(read: (item: Item) => PortRange): FilterField<Item> {
  const compare = (comparator: Comparator, value: ValueToken): Test<Item> => {
    const asked = wholeNumber(value.text);
    const includes: Test<Item> = (item) => {
      const { firstPort, lastPort } = read(item);
      return firstPort <= asked && asked <= lastPort;
    };
    if (comparator === "=") return includes;
    if (comparator === "!=") return (item) => !includes(item);
    const holds = numberTest(comparator, asked);
    return comparator === "<" || comparator === "<="
      ? (item) => holds(read(item).firstPort)
      : (item) => holds(read(item).lastPort);
  };
  return { fixed: true, sortKey: (item) => read(item).firstPort, sortsAs: "number", compare };
}

function numberTest(comparator: Comparator, asked: number): (value: number) => boolean {
  switch (comparator) {
    case "=":
      return (value) => value === asked;
    case "!=":
      return (value) => value !== asked;
    case "<":
      return (value) => value < asked;
    case "<=":
      return (value) => value <= asked;
    case ">":
      return (value) => value > asked;
    case ">=":
      return (value) => value >= asked;
    case ":":
      throw new InvalidComparison("the operator : is for labels only");
  }
}

function onlyEquality(comparator: Comparator, what: string): void {
  if (comparator === "=" || comparator === "!=") return;
  throw new InvalidComparison(`${what} are compared with = and !=, not with ${comparator}`);
}

/** `*` at the start and at the end stands for anything. */
function textPattern({ text: whole, wildStart, wildEnd }: ValueToken): (value: string) => boolean {
  if (whole === "*" && wildStart) return () => true;
  const core = whole.slice(wildStart ? 1 : 0, wildEnd ? -1 : undefined);
  if (wildStart && wildEnd) return (value) => value.includes(core);
  if (wildStart) return (value) => value.endsWith(core);
  if (wildEnd) return (value) => value.startsWith(core);
  return (value) => value === core;
}

/** Up to ten digits. */
export function wholeNumber(value: string): number {
  if (/^\d{1,10}$/.test(value)) return Number(value);
  throw new InvalidComparison(`${shown(value)} is no whole number`);
}

export function durationMs(value: string): number {
  const milliseconds = parseDuration(value);
  if (milliseconds !== null) return milliseconds;
  throw new InvalidComparison(`${shown(value)} is no time with its unit, such as 30s`);
}

/** With its zone: what a time is without one is this host's secret. https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
const dateTime = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339; in quotes, because it has colons. */
export function timeMs(value: string): number {
  const milliseconds = dateTime.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(milliseconds)) return milliseconds;
  throw new InvalidComparison(
    `${shown(value)} is no time such as "2026-11-25T03:12:00Z", in quotes`,
  );
}
