// Gives things small whole numbers, so that what is kept of them can be in typed arrays. The number of one that is gone is given
// again, so that there are never more of them than there were things at once.

export class Numbering<Item> {
  readonly #items: (Item | undefined)[] = [];
  readonly #unused: number[] = [];

  /** Gives a number that no other item has. */
  add(item: Item): number {
    const number = this.#unused.pop() ?? this.#items.length;
    this.#items[number] = item;
    return number;
  }

  /** The item with that number; `null` when there is none. */
  find(number: number): Item | null {
    return this.#items[number] ?? null;
  }

  /** The number must be that of an item. */
  replace(number: number, item: Item): void {
    this.#items[number] = item;
  }

  /** Those that are there when it comes to them. */
  *all(): IterableIterator<Item> {
    for (const item of this.#items) if (item !== undefined) yield item;
  }

  /** The number must be that of an item; it may be given to another from now on. */
  remove(number: number): void {
    this.#items[number] = undefined;
    this.#unused.push(number);
  }
}
