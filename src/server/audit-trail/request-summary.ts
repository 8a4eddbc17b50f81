// What the audit log keeps of a request: the fields of a list, and of these nothing that could be a secret in the wrong place.

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
  "crowdedTtl",
  "crowdedAtPercent",
  "quarantine",
  "maxPortCount",
  "maxSize",
  "maxPorts",
]);

/** Reasons may have 256 characters. */
const textLengthMax = 256;

/** Tokens have 32 characters or more, holder keys 32; ids of leases and blocks, names and words are shorter. */
const secretLike = /[\w+=.~-]{32,}/g;

export type RequestSummary = Readonly<Record<string, string | number | boolean>>;

/** "" and false say nothing and are left out; 0 may mean none, so it stays. */
export function summarize(request: unknown): RequestSummary {
  if (typeof request !== "object" || request === null) return {};
  const summary: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(request)) {
    const shown = keptFields.has(name) ? show(value) : null;
    if (shown !== null) summary[name] = shown;
  }
  return summary;
}

function show(value: unknown): string | number | boolean | null {
  switch (typeof value) {
    case "boolean":
      return value || null;
    case "number":
      return value;
    case "string":
      return value === "" ? null : withoutSecrets(value);
    case "object":
      return showDuration(value);
    default:
      return null;
  }
}

/** Cut at a length, and with a hint in the place of whatever could be a token or a holder key. */
export function withoutSecrets(text: string): string {
  const hidden = text.replaceAll(secretLike, ({ length }) => `[${length} characters]`);
  return hidden.length <= textLengthMax ? hidden : `${hidden.slice(0, textLengthMax)}…`;
}

/** google.protobuf.Duration as it is in proto3 JSON, to the millisecond. */
function showDuration(value: object | null): string | null {
  if (value === null || !("seconds" in value) || !("nanos" in value)) return null;
  return `${Number(value.seconds) + Math.round(Number(value.nanos) / 1e6) / 1e3}s`;
}
