// Picks a page out of very many items, in slices: between two of them the process does its other work.

import { cancelled } from "../../server/domain/refusals.js";
import type { Slices } from "../../server/domain/slices.js";
import type { Test } from "../../server/grpc/filter-fields.js";
import type { Order, SortKey } from "../../server/grpc/order-by.js";
import { type Chosen, selectionOf } from "../../server/grpc/selection.js";

export interface PageQuestion<Item> {
  readonly matches: Test<Item>;
  readonly order: Order<Item>;
  /** `null`: from the beginning. */
  readonly after: SortKey | null;
  readonly size: number;
}

export interface SlicedPage<Item> {
  readonly chosen: readonly Chosen<Item>[];
  /** Others come after them. */
  readonly more: boolean;
  /** How many match, on all pages. */
  readonly totalSize: number;
}

/** How a long list is read. */
export interface Reading {
  readonly slices: Slices;
  /** Aborted when nobody waits for the page any more. */
  readonly signal: AbortSignal;
}

/**
 * `items`: each once, in the order in which they are kept; they may change between two slices. Throws BrokerError cancelled when nobody
 * waits for the page any more.
 */
export async function slicedPage<Item>(
  items: Iterable<Item>,
  { matches, order, after, size }: PageQuestion<Item>,
  { slices, signal }: Reading,
): Promise<SlicedPage<Item>> {
  const selection = selectionOf(order, after, size);
  let totalSize = 0;
  await slices.visit(items, (item) => {
    if (signal.aborted) return "enough";
    if (matches(item)) {
      totalSize += 1;
      selection.offer(item);
    }
    return undefined;
  });
  if (signal.aborted) throw cancelled();
  return { ...selection.result(), totalSize };
}
