// The hosts as cells of a heat map: how full each is and how it stands, as one small number, so that a thousand hosts are a thousand
// bytes and only what has changed is drawn anew. And the groups that a label makes of them.

import type { Host } from "../api/fleet-messages.js";
import { groupBy } from "./group-by.js";
import { hostLevel, utilisation } from "./host-words.js";

/** How a cell stands, in the order of their numbers. */
export const heatKinds = ["well", "info", "warning", "critical", "lost", "stopped"] as const;
export type HeatKind = (typeof heatKinds)[number];

/** How full, as percent from which a step begins; a step is one more tenth of the cell that is filled. */
export const heatSteps = [0, 1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100] as const;

export const heatStateCount = heatKinds.length * heatSteps.length;

/** The number of a host's cell. */
export function heatState(host: Host): number {
  return heatKinds.indexOf(kindOf(host)) * heatSteps.length + stepOf(utilisation(host));
}

export function heatOf(state: number): { readonly kind: HeatKind; readonly step: number } {
  const kind = heatKinds[Math.floor(state / heatSteps.length)] ?? "well";
  return { kind, step: state % heatSteps.length };
}

export function heatStates(hosts: readonly Host[]): Uint8Array {
  return Uint8Array.from(hosts, heatState);
}

/** How many hosts are of each kind, in the order of heatKinds. */
export function countKinds(hosts: readonly Host[]): readonly number[] {
  const counts = heatKinds.map(() => 0);
  for (const host of hosts) {
    const kind = heatKinds.indexOf(kindOf(host));
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function kindOf(host: Host): HeatKind {
  if (host.state === "STATE_NOT_HEARD_FROM") return "lost";
  if (host.state !== "STATE_HEARD_FROM") return "stopped";
  const level = hostLevel(host);
  return level === "unknown" ? "info" : level;
}

function stepOf(percent: number): number {
  return heatSteps.findLastIndex((from) => percent >= from);
}

export interface HostGroup {
  /** The label's value; `null`: hosts without it, or of one of the values that did not get a group. */
  readonly value: string | null;
  readonly hosts: readonly Host[];
}

/** More headings than that are a list, and no map. */
export const groupsMax = 24;

/** A label by which hosts can be grouped must have fewer values than this: a label of its own for each host groups nothing. */
const valuesMax = 200;

/** The labels that make groups: those with more than one host per value, by name. */
export function groupingLabels(hosts: readonly Host[]): readonly string[] {
  const values = new Map<string, Set<string>>();
  for (const { labels } of hosts) {
    for (const [key, value] of Object.entries(labels)) {
      const known = values.get(key);
      if (known === undefined) values.set(key, new Set([value]));
      else if (known.size < valuesMax) known.add(value);
    }
  }
  return [...values]
    .filter(([, known]) => known.size < valuesMax && known.size * 2 <= hosts.length)
    .map(([key]) => key)
    .toSorted();
}

/** By value, the largest groups where there are too many; what is in none comes last. Without a label: all in one. */
export function groupHosts(hosts: readonly Host[], label: string): readonly HostGroup[] {
  if (label === "") return [{ value: null, hosts }];
  const byValue = groupBy(hosts, ({ labels }) => labels[label]);
  const named = [...byValue].flatMap(([value, members]) =>
    value === undefined ? [] : [{ value, hosts: members }],
  );
  const kept = named
    .toSorted((a, b) => b.hosts.length - a.hosts.length)
    .slice(0, groupsMax)
    .toSorted((a, b) => a.value.localeCompare(b.value, "en", { numeric: true }));
  const keptValues = new Set<string | undefined>(kept.map(({ value }) => value));
  const others = hosts.filter(({ labels }) => !keptValues.has(labels[label]));
  return others.length === 0 ? kept : [...kept, { value: null, hosts: others }];
}
