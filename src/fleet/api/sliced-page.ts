// Picks a page out of very many items, in slices: between two of them the process does its other work.

import { cancelled } from "../../server/domain/refusals.js";
import type { Slices } from "../../server/domain/slices.js";
import type { Test } from "../../server/grpc/filter-fields.js";
import type { Order, SortKey } from "../../server/grpc/order-by.js";
import { pageSizeMax } from "../../server/grpc/page.js";
import { type Chosen, selectionOf } from "../../server/grpc/selection.js";

/** A list of no more than this is looked through at once: as many as a page may have. */
export const shortReadItemsMax = pageSizeMax;
/**
 * Long reads under way at once. They take turns, so that each takes as long as all of them together: a look through a million leases is
 * some tenths of a second of work, and keeps up to 8 MB of references meanwhile.
 */
export const longReadsMax = 32;

export interface PageQuestion<Item> {
  readonly matches: Test<Item>;
  readonly order: Order<Item>;
  /** `null`: from the beginning. */
  readonly after: SortKey | null;
  readonly size: number;
  /** How many items there are to look at. */
  readonly itemCount: number;
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
  readonly signal: { readonly aborted: boolean };
  /** Before a long read; returns what is called after it. Throws BrokerError rate_limited. */
  readonly beginLong: () => () => void;
}

/**
 * `items`: each once, in the order in which they are kept; they may change between two slices. Throws BrokerError cancelled when nobody
 * waits for the page any more, and rate_limited when {@link longReadsMax} others are under way that look at more than
 * {@link shortReadItemsMax}.
 */
export async function slicedPage<Item>(
  items: Iterable<Item>,
  question: PageQuestion<Item>,
  reading: Reading,
): Promise<SlicedPage<Item>> {
  const end = question.itemCount > shortReadItemsMax ? reading.beginLong() : undefined;
  try {
    return await read(items, question, reading);
  } finally {
    end?.();
  }
}

async function read<Item>(
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
