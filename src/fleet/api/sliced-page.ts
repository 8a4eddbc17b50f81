// Picks a page out of very many items, in slices: between two of them the process does its other work.

import { setImmediate as nextTurn } from "node:timers/promises";
import { cancelled } from "../../server/domain/refusals.js";
import type { Test } from "../../server/grpc/filter-fields.js";
import type { Order, SortKey } from "../../server/grpc/order-by.js";
import { type Chosen, selectionOf } from "../../server/grpc/selection.js";

/** A few milliseconds of comparing, also by a long filter. */
const itemsPerSlice = 2_000;

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

/**
 * `items`: each once, in the order in which they are kept; they may change between two slices. Throws BrokerError cancelled when nobody
 * waits for the page any more.
 */
export async function slicedPage<Item>(
  items: Iterable<Item>,
  { matches, order, after, size }: PageQuestion<Item>,
  signal: AbortSignal,
): Promise<SlicedPage<Item>> {
  const selection = selectionOf(order, after, size);
  let totalSize = 0;
  let left = itemsPerSlice;
  for (const item of items) {
    if (left === 0) {
      await nextTurn();
      if (signal.aborted) throw cancelled();
      left = itemsPerSlice;
    }
    left -= 1;
    if (!matches(item)) continue;
    totalSize += 1;
    selection.offer(item);
  }
  return { ...selection.result(), totalSize };
}
