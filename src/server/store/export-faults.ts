// What cannot be true of a store, however well its records are written: checked before an import writes anything.

import { containsPort, formatPortRange } from "../domain/port-range.js";
import { sharedPorts } from "../domain/shared-ports.js";
import type { LeaseRecord } from "../domain/records.js";
import type { DecodedEntries } from "./record-decode.js";

/** Completes "the export ... cannot be imported: "; `null` when all is possible. */
export function impossible(
  { blocks, leases, ended, adjustments }: DecodedEntries,
  revision: number,
): string | null {
  return (
    repeated(
      "block",
      blocks.map(({ blockId }) => blockId),
    ) ??
    repeated(
      "lease",
      [...leases, ...ended.map(({ lease }) => lease)].map(({ leaseId }) => leaseId),
    ) ??
    repeated(
      "generation",
      [...leases, ...ended.map(({ lease }) => lease)].map(({ generation }) => String(generation)),
    ) ??
    repeated(
      "adjustment of pool",
      adjustments.map(({ pool }) => pool),
    ) ??
    overlapping(
      "blocks",
      blocks.map((block) => ({ ...block, name: block.blockId })),
    ) ??
    overlapping(
      "leases",
      leases.map((lease) => ({ ...lease, name: lease.leaseId })),
    ) ??
    firstWrong(leases, (lease) => misplaced(lease, blocks, revision))
  );
}

function repeated(what: string, names: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return `${what} ${name} is in it twice`;
    seen.add(name);
  }
  return null;
}

type Named = Parameters<typeof sharedPorts>[0] & { readonly name: string };

/** Sorted by first port, one that overlaps another one overlaps a neighbour or what reaches furthest before it. */
function overlapping(what: string, things: readonly Named[]): string | null {
  const sorted = things.toSorted((a, b) => a.ports.firstPort - b.ports.firstPort);
  let open: Named[] = [];
  for (const thing of sorted) {
    open = open.filter(({ ports }) => ports.lastPort >= thing.ports.firstPort);
    for (const other of open) {
      const shared = sharedPorts(thing, other);
      if (shared === null) continue;
      return `the ${what} ${other.name} and ${thing.name} both have port ${formatPortRange(shared)}`;
    }
    open.push(thing);
  }
  return null;
}

function misplaced(
  lease: LeaseRecord,
  blocks: DecodedEntries["blocks"],
  revision: number,
): string | null {
  const block = blocks.find(({ blockId }) => blockId === lease.blockId);
  if (block === undefined)
    return `lease ${lease.leaseId} is of block ${lease.blockId}, which is not in it`;
  const { firstPort, lastPort } = lease.ports;
  const within = containsPort(block.ports, firstPort) && containsPort(block.ports, lastPort);
  if (!within || block.protocol !== lease.protocol) {
    return `lease ${lease.leaseId} has ports that block ${block.blockId} does not have`;
  }
  if (Math.max(lease.generation, lease.revision) > revision) {
    return `lease ${lease.leaseId} is of a later revision than the export`;
  }
  return null;
}

function firstWrong<T>(things: readonly T[], wrong: (thing: T) => string | null): string | null {
  for (const thing of things) {
    const found = wrong(thing);
    if (found !== null) return found;
  }
  return null;
}
