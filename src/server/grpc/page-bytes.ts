// How many leases fit into one answer. Most lists are bounded by the page size long before; leases with the longest labels are not.

import type { Holder } from "../domain/records.js";

/** Clients of gRPC refuse messages of more than 4 MiB unless they are told otherwise. */
export const pageBytesMax = 3 * 1_024 * 1_024;

/** Everything of a lease or an event that has no free length, and the detail of an event. */
const fixedBytes = 1_024;
/** A tag and a length for each of the three parts of an entry. */
const entryBytes = 12;
/** A UTF-16 unit never takes more in UTF-8. */
const bytesPerUnitMax = 3;

/** What of a holder may be long. */
export type HolderTexts = Pick<Holder, "service" | "instance" | "labels">;

/** Never less than what the lease of the holder takes in an answer. */
export function leaseBytesMax({ service, instance, labels }: HolderTexts): number {
  let units = service.length + instance.length;
  let entries = 0;
  for (const [key, value] of Object.entries(labels)) {
    units += key.length + value.length;
    entries += 1;
  }
  return fixedBytes + entries * entryBytes + units * bytesPerUnitMax;
}

/** The first ones that fit into an answer together: all but rarely, and always one. */
export function fitting<Item>(
  items: readonly Item[],
  holderOf: (item: Item) => HolderTexts | null,
): readonly Item[] {
  let bytes = 0;
  const end = items.findIndex((item) => {
    const holder = holderOf(item);
    bytes += holder === null ? 0 : leaseBytesMax(holder);
    return bytes > pageBytesMax;
  });
  return end < 0 ? items : items.slice(0, Math.max(1, end));
}
