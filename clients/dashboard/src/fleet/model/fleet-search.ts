// What a person types into the search box, as the filter of leases that ListFleetLeases understands (a subset of
// https://google.aip.dev/160, explained in proto/portlease/v1/fleet_service.proto), and as words for hosts.

import { isExpression } from "../../model/lease-filter.js";
import type { Host } from "../api/fleet-messages.js";
import { fitsWord, wordsOf } from "./host-query.js";

/** The fields of ListFleetLeases: a word such as pool=default is an expression of them, and no label. */
const leaseFields = new Set([
  "host_id",
  "lease_id",
  "state",
  "pool",
  "protocol",
  "port",
  "port_count",
  "service",
  "instance",
  "binding",
  "unprotected",
  "draining",
  "create_time",
]);

const labelWord = /^(?<key>[\w./-]+)=(?<value>[^\s=<>!"']*)$/;

/** Empty: nothing was asked for. Refused by the fleet server where an expression was typed that is none. */
export function leaseSearchFilter(text: string): string {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const filters = words.map(wordFilter);
  // "service = x AND ..." is an expression of its own, and so is all of what is not a label or a plain word.
  if (filters.includes(null)) return text.trim();
  if (filters.length === 1) return filters[0] ?? "";
  return filters.map((filter) => `(${filter})`).join(" AND ");
}

/** True when leases alone are asked for: a host fits no expression. */
export function isLeaseExpression(text: string): boolean {
  return leaseSearchFilter(text) === text.trim() && isExpression(text);
}

/** The hosts that fit each of the words. */
export function hostsFound(hosts: readonly Host[], text: string): readonly Host[] {
  const words = wordsOf(text);
  if (words.length === 0 || isLeaseExpression(text)) return [];
  return hosts.filter((host) => words.every((word) => fitsWord(host, word)));
}

/** A number is a port or a part of a name; other words a part of a name or of the host's id. `null`: an expression. */
function wordFilter(word: string): string | null {
  const { key, value } = labelWord.exec(word)?.groups ?? {};
  if (key !== undefined && value !== undefined && !leaseFields.has(key)) {
    return value === "" ? `labels:"${key}"` : `labels."${key}" = "${escaped(value)}"`;
  }
  if (isExpression(word)) return null;
  const within = `"*${escaped(word)}*"`;
  const names = `service = ${within} OR instance = ${within}`;
  return /^\d{1,5}$/.test(word) ? `port = ${word} OR ${names}` : `${names} OR host_id = ${within}`;
}

function escaped(value: string): string {
  return value.replace(/["'\\*]/g, (sign) => `\\${sign}`);
}
