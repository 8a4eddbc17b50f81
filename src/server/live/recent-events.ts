// The last things that happened, for readers who come by from time to time. Keeps as many as one reader may ask for and no more:
// a reader that comes late is told how many it has missed.

/** How many events one reader gets at a time at most, and so how many are worth keeping: about a megabyte with long labels. */
export const eventsMax = 1_000;

export interface EventsSince<Item> {
  /** Oldest first: the last ones. */
  readonly items: readonly Item[];
  /** How many before them were left out. */
  readonly skipped: number;
}

export class RecentEvents<Item> {
  readonly #items: Item[] = [];
  #count = 0;

  /** How many there were until now: where a reader that begins now goes on. */
  get count(): number {
    return this.#count;
  }

  add(item: Item): void {
    this.#items[this.#count % eventsMax] = item;
    this.#count += 1;
  }

  /** What came after the first `count` events; at most `itemsMax` of it, up to eventsMax. */
  since(count: number, itemsMax: number): EventsSince<Item> {
    const news = this.#count - count;
    const kept = Math.min(news, itemsMax, eventsMax);
    const items: Item[] = [];
    for (let index = this.#count - kept; index < this.#count; index += 1) {
      const item = this.#items[index % eventsMax];
      if (item !== undefined) items.push(item);
    }
    return { items, skipped: news - kept };
  }
}
