// Picks a page out of many items, which come one by one. Sorts no more than about twice the page, however many items there are.

import type { Order, SortKey } from "./order-by.js";

/** An item with its place in the order, as it was when it was offered: it may change meanwhile. */
export interface Chosen<Item> {
  readonly key: SortKey;
  readonly item: Item;
}

export interface Selection<Item> {
  offer(item: Item): void;
  /** At most as many as asked; `more`: others come after them. */
  result(): { readonly chosen: readonly Chosen<Item>[]; readonly more: boolean };
}

/** In the order in which they come: the first ones after a key. */
export class FirstOnes<Item> implements Selection<Item> {
  readonly #order: Order<Item>;
  readonly #after: SortKey | null;
  readonly #countMax: number;
  readonly #chosen: Chosen<Item>[] = [];
  #more = false;

  constructor(order: Order<Item>, after: SortKey | null, countMax: number) {
    this.#order = order;
    this.#after = after;
    this.#countMax = countMax;
  }

  offer(item: Item): void {
    if (this.#more) return;
    if (this.#after !== null && this.#order.compareTo(item, this.#after) <= 0) return;
    if (this.#chosen.length >= this.#countMax) this.#more = true;
    else this.#chosen.push({ key: this.#order.keyOf(item), item });
  }

  result(): { readonly chosen: readonly Chosen<Item>[]; readonly more: boolean } {
    return { chosen: this.#chosen, more: this.#more };
  }
}

/** In any order: the smallest ones after a key. */
export class SmallestOnes<Item> implements Selection<Item> {
  readonly #order: Order<Item>;
  readonly #after: SortKey | null;
  readonly #countMax: number;
  #candidates: Chosen<Item>[] = [];
  /** What is larger than this comes after the page; `null` while the page is not full. */
  #largest: SortKey | null = null;

  constructor(order: Order<Item>, after: SortKey | null, countMax: number) {
    this.#order = order;
    this.#after = after;
    // One more than asked says whether there are more.
    this.#countMax = countMax + 1;
  }

  offer(item: Item): void {
    if (this.#largest !== null && this.#order.compareTo(item, this.#largest) > 0) return;
    if (this.#after !== null && this.#order.compareTo(item, this.#after) <= 0) return;
    this.#candidates.push({ key: this.#order.keyOf(item), item });
    if (this.#candidates.length >= 2 * this.#countMax) this.#cut();
  }

  result(): { readonly chosen: readonly Chosen<Item>[]; readonly more: boolean } {
    this.#cut();
    const more = this.#candidates.length === this.#countMax;
    return { chosen: this.#candidates.slice(0, this.#countMax - 1), more };
  }

  #cut(): void {
    const sorted = this.#candidates.toSorted((a, b) => this.#order.compare(a.key, b.key));
    this.#candidates = sorted.slice(0, this.#countMax);
    if (this.#candidates.length < this.#countMax) return;
    this.#largest = this.#candidates.at(-1)?.key ?? null;
  }
}

/** For items that come in the order in which they are kept. */
export function selectionOf<Item>(
  order: Order<Item>,
  after: SortKey | null,
  countMax: number,
): Selection<Item> {
  const Ones = order.isDefault ? FirstOnes : SmallestOnes;
  return new Ones(order, after, countMax);
}
