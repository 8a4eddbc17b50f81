// Checks the shape of a stored adjustment, as stored-fields.ts does of the other records.

import { highestPort, lowestPort } from "../domain/port-range.js";
import type {
  AdjustedPolicy,
  AdjustedQuota,
  PickPolicyName,
  Pin,
  PoolAdjustment,
} from "../domain/records.js";
import {
  FieldError,
  type Fields,
  fieldsOf,
  integerOf,
  numberOf,
  oneOf,
  textOf,
} from "./stored-fields.js";

const pickPolicies: readonly PickPolicyName[] = ["least-recently-used", "compact", "random"];

/** `more`: how many fields there may be beside its own, such as a version. */
export function adjustmentFrom(value: unknown, more = 0): PoolAdjustment {
  const fields = fieldsOf(value, "adjustment", 5 + more);
  return {
    pool: textOf(fields, "pool"),
    policy: policyFrom(fields["policy"]),
    quotas: listOf(fields, "quotas", quotaFrom),
    pins: listOf(fields, "pins", pinFrom),
    unpinned: listOf(fields, "unpinned", portFrom),
  };
}

function policyFrom(value: unknown): AdjustedPolicy {
  const fields = fieldsOf(value, "policy", 7);
  const number = (name: string): number | null =>
    fields[name] === null ? null : numberOf(fields, name);
  const count = (name: string): number | null =>
    fields[name] === null ? null : integerOf(fields, name, 1, highestPort);
  return {
    ttlDefaultMs: number("ttlDefaultMs"),
    ttlMinMs: number("ttlMinMs"),
    ttlMaxMs: number("ttlMaxMs"),
    quarantineMs: number("quarantineMs"),
    sizeMax: count("sizeMax"),
    pickPolicy: fields["pickPolicy"] === null ? null : oneOf(fields, "pickPolicy", pickPolicies),
    portCountMax: count("portCountMax"),
  };
}

function quotaFrom(value: unknown): AdjustedQuota {
  const fields = fieldsOf(value, "quota", 2);
  const unlimited = fields["portsMax"] === null;
  return {
    service: textOf(fields, "service"),
    portsMax: unlimited ? null : integerOf(fields, "portsMax", 0, highestPort),
  };
}

function pinFrom(value: unknown): Pin {
  const fields = fieldsOf(value, "pin", 3);
  return {
    port: integerOf(fields, "port", lowestPort, highestPort),
    service: textOf(fields, "service"),
    instance: textOf(fields, "instance"),
  };
}

function portFrom(value: unknown): number {
  return integerOf({ port: value }, "port", lowestPort, highestPort);
}

function listOf<T>(fields: Fields, name: string, read: (value: unknown) => T): readonly T[] {
  const list = fields[name];
  if (!Array.isArray(list)) throw new FieldError(name, "a list");
  return list.map((value: unknown) => read(value));
}
