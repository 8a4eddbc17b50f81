// The filter of the lease table: what a person typed and chose, as the filter expression that ListLeases understands (a subset
// of https://google.aip.dev/160, explained in proto/portlease/v1/lease_service.proto).

export interface LeaseChoice {
  /** A plain word, a port, or a filter expression. */
  readonly search: string;
  /** Empty: all pools. */
  readonly pool: string;
  /** A key of leaseConditions. Empty: all. */
  readonly condition: string;
}

/** What can be chosen beside the search, with its part of the filter. */
export const leaseConditions: readonly {
  readonly key: string;
  readonly label: string;
  readonly filter: string;
}[] = [
  { key: "bound", label: "bound", filter: "binding = BOUND" },
  { key: "unbound", label: "unbound", filter: "binding = UNBOUND" },
  { key: "stranger", label: "stranger", filter: "binding = STRANGER" },
  { key: "orphaned", label: "orphaned", filter: "binding = ORPHANED" },
  { key: "unprotected", label: "unprotected", filter: "unprotected = true" },
];

/** An operator after a field, or one of the joining words. */
const expressionSign = /[=<>!]|\w:|(?:^|\s)(?:AND|OR|NOT)(?:\s|$)/;

/** True when the text is a filter expression and no plain words. */
export function isExpression(search: string): boolean {
  return expressionSign.test(search);
}

/** Empty: all active leases. */
export function leaseFilter({ search, pool, condition }: LeaseChoice): string {
  const chosen = leaseConditions.find(({ key }) => key === condition);
  const parts = [
    searchFilter(search.trim()),
    pool === "" ? "" : `pool = ${quoted(pool)}`,
    chosen?.filter ?? "",
  ].filter((part) => part !== "");
  // One part alone stays as it was typed, so that the positions in the broker's refusals fit.
  return parts.length === 1 ? parts.join("") : parts.map(inParentheses).join(" AND ");
}

export function leaseIdFilter(leaseId: string): string {
  return `lease_id = ${quoted(leaseId)}`;
}

/** The lease that covers a port. */
export function portLeaseFilter(pool: string, port: number): string {
  return `pool = ${quoted(pool)} AND port = ${port}`;
}

function inParentheses(part: string): string {
  return `(${part})`;
}

function searchFilter(search: string): string {
  if (search === "" || isExpression(search)) return search;
  return search
    .split(/\s+/)
    .map((word) => wordFilter(word))
    .map((filter, _, all) => (all.length === 1 ? filter : inParentheses(filter)))
    .join(" AND ");
}

/** A number may be a port or a part of a name; other words a part of a name or the start of a lease's id. */
function wordFilter(word: string): string {
  const within = `"*${escaped(word)}*"`;
  const names = `service = ${within} OR instance = ${within}`;
  const isPort = /^\d{1,5}$/.test(word);
  return isPort ? `port = ${word} OR ${names}` : `${names} OR lease_id = "${escaped(word)}*"`;
}

function quoted(value: string): string {
  return `"${escaped(value)}"`;
}

function escaped(value: string): string {
  return value.replace(/["'\\*]/g, (sign) => `\\${sign}`);
}
