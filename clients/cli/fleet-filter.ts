// Filters of the fleet out of the options that say the usual things shortly.

export interface FilterParts {
  readonly filter?: string | undefined;
  readonly service?: string | undefined;
  readonly host?: string | undefined;
}

/** All of it must fit. "": everything. */
export function fleetFilter({ filter = "", service, host }: FilterParts): string {
  return [
    ...(service === undefined ? [] : [`service = ${quoted(service)}`]),
    ...(host === undefined ? [] : [`host_id = ${quoted(host)}`]),
    ...(filter.trim() === "" ? [] : [`(${filter})`]),
  ].join(" AND ");
}

/** Stars stand for themselves. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\*]/g, String.raw`\$&`)}"`;
}
