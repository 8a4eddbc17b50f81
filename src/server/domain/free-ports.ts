// Which offsets of a block are free, in the order in which they became free. Taking the least recently used one costs the
// same from empty to full. Works on offsets from 0; only PortBlock knows port numbers.

const none = -1;

export class FreePorts {
  /** Doubly linked list through all free offsets, oldest first; index `capacity` is the sentinel. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #free: Uint8Array;
  readonly #capacity: number;
  #size = 0;
  /** Where the next search for a run begins, so that runs rotate through the block too. */
  #runCursor = 0;

  /** All offsets from 0 to capacity - 1 begin as taken. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#next = new Int32Array(capacity + 1).fill(none);
    this.#previous = new Int32Array(capacity + 1).fill(none);
    this.#free = new Uint8Array(capacity);
    this.#next[capacity] = capacity;
    this.#previous[capacity] = capacity;
  }

  get size(): number {
    return this.#size;
  }

  has(offset: number): boolean {
    return this.#free[offset] === 1;
  }

  /** The offset that has been free the longest; `null` when none is free. */
  oldest(): number | null {
    const offset = this.#at(this.#next, this.#capacity);
    return offset === this.#capacity ? null : offset;
  }

  /** Marks an offset free, as the most recently used. No-op when it is free already. */
  addNewest(offset: number): void {
    this.#insertBetween(offset, this.#at(this.#previous, this.#capacity), this.#capacity);
  }

  /** Marks an offset free again as if it had never been taken: the next one to be picked. No-op when it is free already. */
  addOldest(offset: number): void {
    this.#insertBetween(offset, this.#capacity, this.#at(this.#next, this.#capacity));
  }

  /** Takes an offset; false when it was not free. */
  remove(offset: number): boolean {
    if (!this.has(offset)) return false;
    const before = this.#at(this.#previous, offset);
    const after = this.#at(this.#next, offset);
    this.#next[before] = after;
    this.#previous[after] = before;
    this.#free[offset] = 0;
    this.#size -= 1;
    return true;
  }

  /**
   * The first offset of a run of `count` free offsets; `null` when there is none. Begins where the last run ended and goes
   * once around; linear in the block's size.
   */
  findRun(count: number): number | null {
    const found = this.#scanForRun(count, this.#runCursor) ?? this.#scanForRun(count, 0);
    if (found !== null) this.#runCursor = found + count;
    return found;
  }

  /** Length of the longest run of free offsets. Linear in the block's size. */
  longestRun(): number {
    let longest = 0;
    let length = 0;
    for (const isFree of this.#free) {
      length = isFree === 1 ? length + 1 : 0;
      if (length > longest) longest = length;
    }
    return longest;
  }

  #scanForRun(count: number, from: number): number | null {
    let length = 0;
    for (let offset = from; offset < this.#capacity; offset += 1) {
      length = this.has(offset) ? length + 1 : 0;
      if (length === count) return offset - count + 1;
    }
    return null;
  }

  #insertBetween(offset: number, before: number, after: number): void {
    if (this.has(offset)) return;
    this.#next[before] = offset;
    this.#previous[after] = offset;
    this.#next[offset] = after;
    this.#previous[offset] = before;
    this.#free[offset] = 1;
    this.#size += 1;
  }

  #at(list: Int32Array, index: number): number {
    const value = list[index];
    if (value === undefined || value === none)
      throw new RangeError(`offset ${index} is not in the list`);
    return value;
  }
}
