// Things in the order of their keys, found by binary search: for a few hundred this is as quick as a map, and takes a tenth of it.

export class SortedList<Item> {
  readonly #keyOf: (item: Item) => string;
  #items: Item[] = [];

  /** `keyOf`: unique; by UTF-16 units. It must not change while the item is here. */
  constructor(keyOf: (item: Item) => string) {
    this.#keyOf = keyOf;
  }

  /** Not to be kept: it changes. */
  get items(): readonly Item[] {
    return this.#items;
  }

  get(key: string): Item | undefined {
    const item = this.#items[this.#firstFrom(key)];
    return item !== undefined && this.#keyOf(item) === key ? item : undefined;
  }

  /** There must be none with its key yet. */
  add(item: Item): void {
    const key = this.#keyOf(item);
    const last = this.#items.at(-1);
    // Most come in order.
    if (last === undefined || this.#keyOf(last) < key) this.#items.push(item);
    else this.#items.splice(this.#firstFrom(key), 0, item);
  }

  /** A no-op when there is none. */
  remove(key: string): void {
    const index = this.#firstFrom(key);
    const item = this.#items[index];
    if (item !== undefined && this.#keyOf(item) === key) this.#items.splice(index, 1);
  }

  /** Takes out, in one go, those for which it answers false. */
  keep(wanted: (item: Item) => boolean): readonly Item[] {
    const out: Item[] = [];
    this.#items = this.#items.filter((item) => {
      const stays = wanted(item);
      if (!stays) out.push(item);
      return stays;
    });
    return out;
  }

  /** Those after a key, in order. What comes and goes meanwhile neither repeats nor hides another one. */
  *after(key: string): Iterable<Item> {
    let index = this.#firstAfter(key);
    for (;;) {
      const item = this.#items[index];
      if (item === undefined) return;
      yield item;
      index = this.#items[index] === item ? index + 1 : this.#firstAfter(this.#keyOf(item));
    }
  }

  #firstAfter(key: string): number {
    const index = this.#firstFrom(key);
    const item = this.#items[index];
    return item !== undefined && this.#keyOf(item) === key ? index + 1 : index;
  }

  /** Where the first item with this key or a larger one is. */
  #firstFrom(key: string): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const item = this.#items[middle];
      if (item !== undefined && this.#keyOf(item) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
