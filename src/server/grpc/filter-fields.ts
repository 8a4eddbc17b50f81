// The fields that filters and orders know: what each one is of a lease, and how it is compared. One table, from which the
// refusals list the fields too.

import { parseDuration } from "../config/duration.js";
import { portCountOf } from "../domain/port-range.js";
import type { LeaseRecord } from "../domain/records.js";
import { shown } from "./filter-refusals.js";
import type { Comparator, ValueToken } from "./filter-tokens.js";

export type Test = (lease: LeaseRecord) => boolean;

export interface FilterField {
  /** False for what may change while a lease lives: a watch cannot be filtered by it. */
  readonly fixed: boolean;
  /** What an order compares, and what all of it is. */
  readonly sortKey: (lease: LeaseRecord) => number | string;
  readonly sortsAs: "text" | "number";
  /** Throws InvalidComparison. */
  readonly compare: (comparator: Comparator, value: ValueToken) => Test;
}

/** A comparison that the field cannot make; the parser adds where it stands. */
export class InvalidComparison extends Error {}

export const filterFields: Readonly<Record<string, FilterField>> = {
  lease_id: text((lease) => lease.leaseId),
  pool: text((lease) => lease.pool),
  protocol: word("PROTOCOL_", ["tcp", "udp", "tcp-and-udp"], true, (lease) => lease.protocol),
  port: {
    fixed: true,
    sortKey: (lease) => lease.ports.firstPort,
    sortsAs: "number",
    compare: comparePort,
  },
  port_count: number(true, wholeNumber, (lease) => portCountOf(lease.ports)),
  service: text((lease) => lease.holder.service),
  instance: text((lease) => lease.holder.instance),
  process_id: number(true, wholeNumber, (lease) => lease.holder.process?.processId ?? 0),
  binding: word(
    "BINDING_",
    ["unspecified", "unbound", "bound", "stranger", "orphaned"],
    false,
    // The name that the API has for it.
    ({ binding }) => (binding === "unknown" ? "unspecified" : binding),
  ),
  unprotected: word("", ["true", "false"], false, (lease) => String(!lease.covered)),
  ttl: number(false, durationMs, (lease) => lease.ttlMs),
  create_time: number(true, timeMs, (lease) => lease.createdWallMs),
};

/** `labels.key` and `labels:key`. */
export function compareLabel(key: string, comparator: Comparator, value: ValueToken): Test {
  const has: Test = ({ holder }) => Object.hasOwn(holder.labels, key);
  if (comparator === ":" && value.text === "*" && value.wildEnd) return has;
  if (comparator !== "=" && comparator !== "!=" && comparator !== ":") {
    throw new InvalidComparison(`labels are compared with =, != and :, not with ${comparator}`);
  }
  const matches = textPattern(value);
  const equal: Test = (lease) => has(lease) && matches(lease.holder.labels[key] ?? "");
  return comparator === "!=" ? (lease) => !equal(lease) : equal;
}

export function hasLabel(key: string): Test {
  return ({ holder }) => Object.hasOwn(holder.labels, key);
}

function text(read: (lease: LeaseRecord) => string): FilterField {
  const compare = (comparator: Comparator, value: ValueToken): Test => {
    onlyEquality(comparator, "texts");
    const matches = textPattern(value);
    return comparator === "=" ? (lease) => matches(read(lease)) : (lease) => !matches(read(lease));
  };
  return { fixed: true, sortKey: read, sortsAs: "text", compare };
}

/** One of a few words, in any case, with or without the prefix of the API's enum, with - or _. */
function word(
  prefix: string,
  words: readonly string[],
  fixed: boolean,
  read: (lease: LeaseRecord) => string,
): FilterField {
  const compare = (comparator: Comparator, value: ValueToken): Test => {
    onlyEquality(comparator, "words");
    const asked = value.text.toUpperCase().replace(prefix, "").toLowerCase().replaceAll("_", "-");
    if (!words.includes(asked)) {
      throw new InvalidComparison(`${shown(value.text)} is none of ${words.join(", ")}`);
    }
    return comparator === "=" ? (lease) => read(lease) === asked : (lease) => read(lease) !== asked;
  };
  return { fixed, sortKey: read, sortsAs: "text", compare };
}

function number(
  fixed: boolean,
  parse: (text: string) => number,
  read: (lease: LeaseRecord) => number,
): FilterField {
  const compare = (comparator: Comparator, value: ValueToken): Test => {
    const asked = parse(value.text);
    const holds = numberTest(comparator, asked);
    return (lease) => holds(read(lease));
  };
  return { fixed, sortKey: read, sortsAs: "number", compare };
}

/** Each port of the run counts: = and the orders want one that fits, != wants none that is equal. */
function comparePort(comparator: Comparator, value: ValueToken): Test {
  const asked = wholeNumber(value.text);
  const holds = numberTest(comparator, asked);
  switch (comparator) {
    case "=":
      return ({ ports }) => ports.firstPort <= asked && asked <= ports.lastPort;
    case "!=":
      return ({ ports }) => asked < ports.firstPort || ports.lastPort < asked;
    case "<":
    case "<=":
      return ({ ports }) => holds(ports.firstPort);
    case ">":
    case ">=":
    case ":":
      return ({ ports }) => holds(ports.lastPort);
  }
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

function wholeNumber(value: string): number {
  if (/^\d{1,10}$/.test(value)) return Number(value);
  throw new InvalidComparison(`${shown(value)} is no whole number`);
}

function durationMs(value: string): number {
  const milliseconds = parseDuration(value);
  if (milliseconds !== null) return milliseconds;
  throw new InvalidComparison(`${shown(value)} is no time with its unit, such as 30s`);
}

/** With its zone: what a time is without one is this host's secret. https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
const dateTime = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339; in quotes, because it has colons. */
function timeMs(value: string): number {
  const milliseconds = dateTime.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(milliseconds)) return milliseconds;
  throw new InvalidComparison(
    `${shown(value)} is no time such as "2026-11-25T03:12:00Z", in quotes`,
  );
}
