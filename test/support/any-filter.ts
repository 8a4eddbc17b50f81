// Filters by chance: as a text, and as what it should mean, worked out without the parser.

import fc from "fast-check";
import type { LeaseRecord } from "#server/domain/records.js";
import { sampleLease } from "./store-samples.js";

export interface MeantFilter {
  readonly text: string;
  readonly matches: (lease: LeaseRecord) => boolean;
}

const words = ["orders", "billing", "order-db", "a b", 'say "hi"', "back\\slash", "x*y", ""];
const ports = fc.integer({ min: 20_000, max: 20_010 });
const protocols = ["tcp", "udp", "tcp-and-udp"] as const;
const bindings = ["unknown", "unbound", "bound", "stranger", "orphaned"] as const;

/** Few values, so that filters match now and then. */
export const anyLease: fc.Arbitrary<LeaseRecord> = fc
  .record({
    generation: fc.integer({ min: 1, max: 1_000 }),
    service: fc.constantFrom(...words),
    instance: fc.constantFrom(...words),
    firstPort: ports,
    portCount: fc.integer({ min: 1, max: 3 }),
    protocol: fc.constantFrom(...protocols),
    binding: fc.constantFrom(...bindings),
    ttlMs: fc.constantFrom(1_000, 30_000, 60_000),
    labels: fc.dictionary(
      fc.constantFrom("zone", "app.kubernetes.io/name", "a b"),
      fc.constantFrom(...words),
    ),
    processId: fc.option(fc.integer({ min: 1, max: 5 })),
  })
  .map(({ generation, service, instance, firstPort, portCount, labels, processId, ...fields }) =>
    sampleLease(generation, {
      ...fields,
      ports: { firstPort, lastPort: firstPort + portCount - 1 },
      holder: {
        service,
        instance,
        labels,
        process: processId === null ? null : { processId, startTime: null, proven: false },
      },
    }),
  );

const portsOf = ({ ports: { firstPort, lastPort } }: LeaseRecord): number[] =>
  Array.from({ length: lastPort - firstPort + 1 }, (_, index) => firstPort + index);

const comparisons = {
  "=": (a: number, b: number) => a === b,
  "!=": (a: number, b: number) => a !== b,
  "<": (a: number, b: number) => a < b,
  "<=": (a: number, b: number) => a <= b,
  ">": (a: number, b: number) => a > b,
  ">=": (a: number, b: number) => a >= b,
} as const;
const operator = fc.constantFrom(...(Object.keys(comparisons) as (keyof typeof comparisons)[]));

const portCondition = fc.tuple(operator, ports).map(([name, port]): MeantFilter => ({
  text: `port ${name} ${port}`,
  matches: (lease) =>
    name === "!="
      ? !portsOf(lease).includes(port)
      : portsOf(lease).some((own) => comparisons[name](own, port)),
}));

const numberCondition = fc
  .tuple(
    operator,
    fc.constantFrom<readonly [string, string, number, (lease: LeaseRecord) => number]>(
      ["port_count", "2", 2, (lease) => portsOf(lease).length],
      ["process_id", "3", 3, ({ holder }) => holder.process?.processId ?? 0],
      ["ttl", "30s", 30_000, ({ ttlMs }) => ttlMs],
    ),
  )
  .map(([name, [field, value, number, read]]): MeantFilter => ({
    text: `${field}${name}${value}`,
    matches: (lease) => comparisons[name](read(lease), number),
  }));

const quoted = (text: string): string => `"${text.replaceAll(/["\\*]/g, String.raw`\$&`)}"`;

const textCondition = fc
  .tuple(
    fc.constantFrom(
      "service",
      "instance",
      "labels.zone",
      "labels.app.kubernetes.io/name",
      'labels."a b"',
    ),
    fc.constantFrom("=", "!="),
    fc.constantFrom(...words),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([field, name, word, wildStart, wildEnd]): MeantFilter => {
    const inner = quoted(word).slice(1, -1);
    const text = `${field} ${name} "${wildStart ? "*" : ""}${inner}${wildEnd ? "*" : ""}"`;
    const equal = (value: string | undefined): boolean => {
      if (value === undefined) return false;
      if (wildStart && wildEnd) return value.includes(word);
      return wildStart ? value.endsWith(word) : wildEnd ? value.startsWith(word) : value === word;
    };
    const read = ({ holder }: LeaseRecord): string | undefined => {
      if (field === "service") return holder.service;
      if (field === "instance") return holder.instance;
      return holder.labels[field.replace("labels.", "").replaceAll('"', "")];
    };
    return { text, matches: (lease) => equal(read(lease)) === (name === "=") };
  });

const wordCondition = fc.constantFrom<MeantFilter>(
  { text: "protocol = TCP", matches: ({ protocol }) => protocol === "tcp" },
  { text: "protocol != udp", matches: ({ protocol }) => protocol !== "udp" },
  { text: "protocol = PROTOCOL_TCP_AND_UDP", matches: (lease) => lease.protocol === "tcp-and-udp" },
  {
    text: "binding = BINDING_UNSPECIFIED",
    matches: ({ binding }) => binding === "unknown",
  },
  { text: "binding = BINDING_STRANGER", matches: ({ binding }) => binding === "stranger" },
  { text: "unprotected = true", matches: ({ covered }) => !covered },
  { text: "labels:zone", matches: ({ holder }) => "zone" in holder.labels },
  { text: "labels.zone:*", matches: ({ holder }) => "zone" in holder.labels },
);

const condition = fc.oneof(portCondition, numberCondition, textCondition, wordCondition);

/** Mostly without parentheses where they are not needed, so that the precedence counts. */
export const anyFilter: fc.Arbitrary<MeantFilter> = fc.letrec<{
  conjunction: MeantFilter;
  disjunction: MeantFilter;
  term: MeantFilter;
}>((tie) => ({
  conjunction: fc.array(tie("disjunction"), { minLength: 1, maxLength: 3 }).map((parts) => ({
    text: parts.map(({ text }) => text).join(" AND "),
    matches: (lease) => parts.every(({ matches }) => matches(lease)),
  })),
  disjunction: fc.array(tie("term"), { minLength: 1, maxLength: 3 }).map((parts) => ({
    text: parts.map(({ text }) => text).join(" OR "),
    matches: (lease) => parts.some(({ matches }) => matches(lease)),
  })),
  term: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    condition,
    condition.map(({ text, matches }) => ({
      text: `NOT ${text}`,
      matches: (lease: LeaseRecord) => !matches(lease),
    })),
    tie("conjunction").map(({ text, matches }) => ({ text: `(${text})`, matches })),
    tie("conjunction").map(({ text, matches }) => ({
      text: `-( ${text} )`,
      matches: (lease: LeaseRecord) => !matches(lease),
    })),
  ),
})).conjunction;
