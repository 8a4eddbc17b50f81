// Checks the shape of what is stored, field by field: what is about to be written and what was read go through the same code,
// because both sides have the same shape. The result has exactly the known fields, in a fixed order.

import type {
  Binding,
  BlockOrigin,
  BlockRecord,
  EndedLeaseRecord,
  Holder,
  HolderProcess,
  Isolation,
  LeaseEndReason,
  LeaseRecord,
  Protocol,
  RequestFingerprint,
  ReservationKind,
  Revocation,
} from "../domain/records.js";
import { type Observation, unobserved } from "../domain/observation.js";
import { highestPort, lowestPort } from "../domain/port-range.js";
import type { PortRange } from "../domain/port-range.js";

/** Names the field and what is wrong with it, never its value: that may be a secret. */
export class FieldError extends Error {
  constructor(name: string, expected: string) {
    super(`"${name}" is not ${expected}`);
    this.name = "FieldError";
  }
}

export type Fields = Readonly<Record<string, unknown>>;

const protocols: readonly Protocol[] = ["tcp", "udp", "tcp-and-udp"];
const isolations: readonly Isolation[] = ["shared", "per-lease"];
const kinds: readonly ReservationKind[] = ["persistent", "runtime", "administered", "held"];
const origins: readonly BlockOrigin[] = ["configured", "operator", "growth"];
const stages: readonly BlockRecord["stage"][] = ["intended", "created"];
const reasons: readonly LeaseEndReason[] = [
  "released",
  "expired",
  "revoked",
  "holder_exited",
  "never_bound",
  "port_lost",
  "caller_gone",
];

const bindings: readonly Binding[] = ["unknown", "unbound", "bound", "stranger", "orphaned"];

export function leaseFrom(value: unknown): LeaseRecord {
  const fields = fieldsOf(value, "lease", 17);
  return {
    leaseId: textOf(fields, "leaseId"),
    pool: textOf(fields, "pool"),
    protocol: oneOf(fields, "protocol", protocols),
    blockId: textOf(fields, "blockId"),
    ports: portsFrom(fields["ports"]),
    generation: integerOf(fields, "generation", 0, Number.MAX_SAFE_INTEGER),
    revision: integerOf(fields, "revision", 0, Number.MAX_SAFE_INTEGER),
    ttlMs: numberOf(fields, "ttlMs"),
    holder: holderFrom(fields["holder"]),
    createdWallMs: numberOf(fields, "createdWallMs"),
    request: requestFrom(fields["request"]),
    ...observedFrom(fields),
  };
}

type ObservedFields = Observation & Pick<LeaseRecord, "bindWithinMs" | "remainingMs">;

/** Versions 1 and 2 had none of them. */
function observedFrom(fields: Fields): ObservedFields {
  if (fields["binding"] === undefined) {
    return { bindWithinMs: null, ...unobserved, remainingMs: null };
  }
  return {
    bindWithinMs: fields["bindWithinMs"] === null ? null : numberOf(fields, "bindWithinMs"),
    binding: oneOf(fields, "binding", bindings),
    everBound: flagOf(fields, "everBound"),
    covered: flagOf(fields, "covered"),
    remainingMs: fields["remainingMs"] === null ? null : numberOf(fields, "remainingMs"),
  };
}

export function endedFrom(value: unknown): EndedLeaseRecord {
  const fields = fieldsOf(value, "ended", 5);
  const revoked = fields["revocation"];
  return {
    lease: leaseFrom(fields["lease"]),
    reason: oneOf(fields, "reason", reasons),
    endedWallMs: numberOf(fields, "endedWallMs"),
    ...(revoked === undefined ? {} : { revocation: revocationFrom(revoked) }),
  };
}

function revocationFrom(value: unknown): Revocation {
  const fields = fieldsOf(value, "revocation", 2);
  return { actor: textOf(fields, "actor"), reason: textOf(fields, "reason") };
}

export function blockFrom(value: unknown): BlockRecord {
  const fields = fieldsOf(value, "block", 10);
  return {
    blockId: textOf(fields, "blockId"),
    pool: textOf(fields, "pool"),
    protocol: oneOf(fields, "protocol", protocols),
    kind: oneOf(fields, "kind", kinds),
    ports: portsFrom(fields["ports"]),
    // Version 1 had only shared ones.
    isolation:
      fields["isolation"] === undefined ? "shared" : oneOf(fields, "isolation", isolations),
    stage: oneOf(fields, "stage", stages),
    draining: flagOf(fields, "draining"),
    origin: originFrom(fields),
  };
}

/** Version 1 had none that an operator added, version 2 said only that. */
function originFrom(fields: Fields): BlockOrigin {
  if (fields["origin"] !== undefined) return oneOf(fields, "origin", origins);
  return fields["added"] !== undefined && flagOf(fields, "added") ? "operator" : "configured";
}

function portsFrom(value: unknown): PortRange {
  const fields = fieldsOf(value, "ports", 2);
  const firstPort = integerOf(fields, "firstPort", lowestPort, highestPort);
  return { firstPort, lastPort: integerOf(fields, "lastPort", firstPort, highestPort) };
}

function holderFrom(value: unknown): Holder {
  const fields = fieldsOf(value, "holder", 4);
  return {
    service: textOf(fields, "service"),
    instance: textOf(fields, "instance"),
    labels: labelsFrom(fields["labels"]),
    process: processFrom(fields["process"]),
  };
}

function labelsFrom(value: unknown): Readonly<Record<string, string>> {
  const labels = fieldsOf(value, "labels", Infinity);
  for (const text of Object.values(labels)) {
    if (typeof text !== "string") throw new FieldError("labels", "a map of texts");
  }
  return labels as Readonly<Record<string, string>>;
}

function processFrom(value: unknown): HolderProcess | null {
  if (value === null) return null;
  const fields = fieldsOf(value, "process", 3);
  return {
    processId: integerOf(fields, "processId", 0, Number.MAX_SAFE_INTEGER),
    startTime: fields["startTime"] === null ? null : textOf(fields, "startTime"),
    proven: flagOf(fields, "proven"),
  };
}

function requestFrom(value: unknown): RequestFingerprint | null {
  if (value === null) return null;
  const fields = fieldsOf(value, "request", 2);
  return { key: textOf(fields, "key"), bodyHash: textOf(fields, "bodyHash") };
}

/** `countMax` bounds the fields, so that one that nobody knows is noticed; stored values also have a version. */
export function fieldsOf(value: unknown, name: string, countMax: number): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new FieldError(name, "an object");
  }
  if (Object.keys(value).length > countMax) throw new FieldError(name, "of the known fields only");
  return value as Fields;
}

export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw new FieldError(name, "a text");
  return value;
}

export function flagOf(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value !== "boolean") throw new FieldError(name, "true or false");
  return value;
}

export function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isFinite(value)) throw new FieldError(name, "a number");
  return value;
}

export function integerOf(fields: Fields, name: string, min: number, max: number): number {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max) {
    throw new FieldError(name, `a whole number from ${min} to ${max}`);
  }
  return value;
}

export function oneOf<T extends string>(fields: Fields, name: string, allowed: readonly T[]): T {
  const value = fields[name];
  if (!(allowed as readonly unknown[]).includes(value)) {
    throw new FieldError(name, `one of ${allowed.join(", ")}`);
  }
  return value as T;
}
