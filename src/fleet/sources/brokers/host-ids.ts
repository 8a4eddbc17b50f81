// What the fleet calls the hosts of a list of brokers: the same in every fleet server that has the list.

import { hostIdLengthMax } from "../../records/record-limits.js";

/**
 * By address. `names`: what each would be called, by its address: its name in the list, or what its host calls itself. Where several
 * would be called the same, all of them get their addresses behind it: which of them was heard first decides nothing.
 */
export function assignHostIds(names: ReadonlyMap<string, string>): Map<string, string> {
  const wanted = new Map([...names].map(([address, name]) => [address, asHostId(name)] as const));
  const counts = new Map<string, number>();
  for (const id of wanted.values()) counts.set(id, (counts.get(id) ?? 0) + 1);
  const used = new Set<string>();
  const ids = new Map<string, string>();
  for (const [address, id] of [...wanted].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    let unique = counts.get(id) === 1 ? id : withSuffix(id, asHostId(address));
    // Names may have been chosen to look like the addresses of others.
    for (let number = 2; used.has(unique); number += 1) unique = withSuffix(id, String(number));
    used.add(unique);
    ids.set(address, unique);
  }
  return ids;
}

function withSuffix(id: string, suffix: string): string {
  return `${id.slice(0, hostIdLengthMax - suffix.length - 1)}-${suffix}`;
}

/** In lower case, and with a dash for what ids do not have. */
function asHostId(name: string): string {
  const id = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .slice(0, hostIdLengthMax);
  return /^[.-]*$/.test(id) ? `host${id.replaceAll(".", "-")}` : id;
}
