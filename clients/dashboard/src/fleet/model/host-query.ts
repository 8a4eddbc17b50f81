// Which hosts the table shows and in which order, as the address keeps it: a link to it shows the same to another person. All hosts
// are known to the page, so they are filtered here, as one types.

import { knownOrder, type TableOrder } from "../../model/table-order.js";
import type { Host } from "../api/fleet-messages.js";
import { withQuery } from "./fleet-route.js";
import { utilisation } from "./host-words.js";

export interface HostQuery {
  /** Words that must all fit. */
  readonly search: string;
  /** A key of hostConditions. Empty: all. */
  readonly state: string;
  readonly orderBy: TableOrder;
  /** From 1. */
  readonly page: number;
}

export const hostConditions: readonly {
  readonly key: string;
  readonly label: string;
  readonly fits: (host: Host) => boolean;
}[] = [
  { key: "heard", label: "heard from", fits: ({ state }) => state === "STATE_HEARD_FROM" },
  { key: "lost", label: "not heard from", fits: ({ state }) => state === "STATE_NOT_HEARD_FROM" },
  { key: "stopped", label: "stopped", fits: ({ state }) => state === "STATE_STOPPED" },
  { key: "problems", label: "with problems", fits: ({ problems }) => problems.length > 0 },
  { key: "full", label: "with a full pool", fits: hasFullPool },
];

const comparisons: Readonly<Record<string, (a: Host, b: Host) => number>> = {
  host_id: () => 0,
  state: (a, b) => a.state.localeCompare(b.state),
  leases: (a, b) => a.leases - b.leases,
  utilisation: (a, b) => utilisation(a) - utilisation(b),
  free: (a, b) => (a.usage?.free ?? 0) - (b.usage?.free ?? 0),
  problems: (a, b) => a.problems.length - b.problems.length,
  last_heard_time: (a, b) => heardMs(a) - heardMs(b),
};

const defaultOrder: TableOrder = "host_id";

export function parseHostQuery(params: URLSearchParams): HostQuery {
  const page = Number(params.get("page") ?? "1");
  return {
    search: params.get("search") ?? "",
    state: params.get("state") ?? "",
    orderBy: knownOrder(params.get("order"), Object.keys(comparisons), defaultOrder),
    page: Number.isInteger(page) && page >= 1 ? page : 1,
  };
}

/** What is as usual is left out. */
export function hostTableLink({ search, state, orderBy, page }: HostQuery): string {
  return withQuery("#/hosts", {
    search,
    state,
    order: orderBy === defaultOrder ? "" : orderBy,
    page: page === 1 ? "" : String(page),
  });
}

/** Those that fit, in order. `hosts` are by id, which is the last of every order. */
export function chosenHosts(hosts: readonly Host[], query: HostQuery): readonly Host[] {
  const condition = hostConditions.find(({ key }) => key === query.state);
  const words = wordsOf(query.search);
  const fitting = hosts.filter(
    (host) => (condition?.fits(host) ?? true) && words.every((word) => fitsWord(host, word)),
  );
  const [field = "", direction] = query.orderBy.split(" ");
  const compare = comparisons[field] ?? (() => 0);
  const isByIdBackwards = field === "host_id" && direction === "desc";
  if (isByIdBackwards) return fitting.toReversed();
  return fitting.toSorted((a, b) => (direction === "desc" ? compare(b, a) : compare(a, b)));
}

export function wordsOf(search: string): readonly string[] {
  return search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** `word` in lower case: a part of the id, the name, the address or the version, or KEY=VALUE of a label, where VALUE may be empty. */
export function fitsWord(host: Host, word: string): boolean {
  const equals = word.indexOf("=");
  if (equals > 0) {
    const [key, value] = [word.slice(0, equals), word.slice(equals + 1)];
    return Object.entries(host.labels).some(
      ([name, has]) => name.toLowerCase() === key && (value === "" || has.toLowerCase() === value),
    );
  }
  const { hostId, hostName, address, version, platform } = host;
  return [hostId, hostName, address, version, platform].some((text) =>
    text.toLowerCase().includes(word),
  );
}

function hasFullPool({ state, pools }: Host): boolean {
  return (
    state === "STATE_HEARD_FROM" &&
    pools.some(({ usage }) => usage !== undefined && usage.total > 0 && usage.free === 0)
  );
}

function heardMs({ lastHeardTime }: Host): number {
  const ms = Date.parse(lastHeardTime ?? "");
  return Number.isNaN(ms) ? 0 : ms;
}
