// What the audit log keeps of a request: the fields of a list, and of these nothing that could be a secret in the wrong place.

import { echo, echoHostName } from "../domain/echo.js";

/** Fields of the requests of operators. Whatever is not among them is left out: a new field says nothing until it is put here. */
const keptFields: ReadonlySet<string> = new Set([
  "pool",
  "blockId",
  "leaseId",
  "firstPort",
  "portCount",
  "port",
  "service",
  "instance",
  "reason",
  "validateOnly",
  "undo",
  "force",
  "allowMissing",
  "reset",
  "defaultTtl",
  "minTtl",
  "maxTtl",
  "quarantine",
  "maxPortCount",
  "maxSize",
  "pickPolicy",
  "maxPorts",
  "hostId",
]);

/** Reasons may have 256 characters. */
const textLengthMax = 256;

export type RequestSummary = Readonly<Record<string, string | number | boolean>>;

/** "" and false say nothing and are left out; 0 may mean none, so it stays. */
export function summarize(request: unknown): RequestSummary {
  if (typeof request !== "object" || request === null) return {};
  const summary: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(request)) {
    const shown = keptFields.has(name) ? show(value, name) : null;
    if (shown !== null) summary[name] = shown;
  }
  return summary;
}

function show(value: unknown, name: string): string | number | boolean | null {
  switch (typeof value) {
    case "boolean":
      return value || null;
    case "number":
      return value;
    case "string":
      if (value === "") return null;
      return name === "hostId" ? echoHostName(value, textLengthMax) : echo(value, textLengthMax);
    case "object":
      return showDuration(value);
    default:
      return null;
  }
}

/** google.protobuf.Duration as it is in proto3 JSON, to the millisecond. */
function showDuration(value: object | null): string | null {
  if (value === null || !("seconds" in value) || !("nanos" in value)) return null;
  return `${Number(value.seconds) + Math.round(Number(value.nanos) / 1e6) / 1e3}s`;
}
