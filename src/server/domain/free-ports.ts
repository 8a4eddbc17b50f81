// Which offsets of a block are free, in the order in which they became free, apart by band. Taking the least recently used one
// costs the same from empty to full. Works on offsets from 0; only PortBlock knows port numbers, and pick policies choose.

import { type Band, bands } from "./bands.js";

const none = -1;
const bandCount = 3;

export class FreePorts {
  /** A doubly linked list of free offsets for each band, oldest first; the indexes from `capacity` on are their sentinels. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** Each offset's band while it is free, else 0. */
  readonly #marks: Uint8Array;
  readonly #bands: Uint8Array;
  /** When each offset became free, as a number that only says what came before what. */
  readonly #freedAt: Float64Array;
  readonly #sizes: [number, number, number] = [0, 0, 0];
  readonly #capacity: number;
  #newest = 0;
  #oldest = 0;

  /** All offsets from 0 to capacity - 1 begin as taken, and as dynamic. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#next = new Int32Array(capacity + bandCount).fill(none);
    this.#previous = new Int32Array(capacity + bandCount).fill(none);
    this.#marks = new Uint8Array(capacity);
    this.#bands = new Uint8Array(capacity).fill(bands.dynamic);
    this.#freedAt = new Float64Array(capacity);
    for (let sentinel = capacity; sentinel < capacity + bandCount; sentinel += 1) {
      this.#next[sentinel] = sentinel;
      this.#previous[sentinel] = sentinel;
    }
  }

  get size(): number {
    return this.#sizes[0] + this.#sizes[1] + this.#sizes[2];
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** How many offsets of just this band are free. */
  sizeOf(band: Band): number {
    return this.#sizes[index(band)];
  }

  has(offset: number): boolean {
    return at(this.#marks, offset) !== 0;
  }

  /** Whether so many offsets from there on are free and within reach. False past the end. */
  isRun(firstOffset: number, count: number, reach: Band): boolean {
    for (let offset = firstOffset; offset < firstOffset + count; offset += 1) {
      const mark = this.#marks[offset] ?? 0;
      if (mark === 0 || mark > reach) return false;
    }
    return true;
  }

  bandOf(offset: number): Band {
    return at(this.#bands, offset) as Band;
  }

  /** A free offset keeps its place in time. Costs as much as there are free ones of the band that became free later. */
  setBand(offset: number, band: Band): void {
    if (this.bandOf(offset) === band) return;
    const free = this.remove(offset);
    this.#bands[offset] = band;
    if (!free) return;
    let before = at(this.#previous, this.#sentinel(band));
    while (before < this.#capacity && this.freedAt(before) > this.freedAt(offset)) {
      before = at(this.#previous, before);
    }
    this.#insertAfter(before, offset);
  }

  /** Larger than another offset's: it became free later. Meaningless for an offset that is not free. */
  freedAt(offset: number): number {
    return at(this.#freedAt, offset);
  }

  /** The offset within reach that has been free the longest; `null` when none is free. */
  oldest(reach: Band): number | null {
    let oldest: number | null = null;
    for (let band = bands.dynamic as Band; band <= reach; band += 1) {
      const head = at(this.#next, this.#sentinel(band));
      if (head >= this.#capacity) continue;
      if (oldest === null || this.freedAt(head) < this.freedAt(oldest)) oldest = head;
    }
    return oldest;
  }

  /** Marks an offset free, as the most recently used. No-op when it is free already. */
  addNewest(offset: number): void {
    if (this.has(offset)) return;
    this.#newest += 1;
    this.#freedAt[offset] = this.#newest;
    this.#insertAfter(at(this.#previous, this.#sentinel(this.bandOf(offset))), offset);
  }

  /** Marks an offset free again as if it had never been taken: the oldest. No-op when it is free already. */
  addOldest(offset: number): void {
    if (this.has(offset)) return;
    this.#oldest -= 1;
    this.#freedAt[offset] = this.#oldest;
    this.#insertAfter(this.#sentinel(this.bandOf(offset)), offset);
  }

  /** Takes an offset; false when it was not free. */
  remove(offset: number): boolean {
    if (!this.has(offset)) return false;
    const before = at(this.#previous, offset);
    const after = at(this.#next, offset);
    this.#next[before] = after;
    this.#previous[after] = before;
    this.#marks[offset] = 0;
    this.#sizes[index(this.bandOf(offset))] -= 1;
    return true;
  }

  /**
   * Shows every run of free offsets within reach, each as long as it goes, in rising order, until `visit` says true. Linear in
   * the block's size.
   */
  visitRuns(reach: Band, visit: (firstOffset: number, count: number) => boolean): void {
    const marks = this.#marks;
    let count = 0;
    for (let offset = 0; offset < marks.length; offset += 1) {
      const mark = marks[offset] ?? 0;
      if (mark !== 0 && mark <= reach) count += 1;
      else if (count > 0) {
        if (visit(offset - count, count)) return;
        count = 0;
      }
    }
    if (count > 0) visit(marks.length - count, count);
  }

  /** Length of the longest run of free offsets within reach. Linear in the block's size. */
  longestRun(reach: Band): number {
    let longest = 0;
    this.visitRuns(reach, (_firstOffset, count) => {
      longest = Math.max(longest, count);
      return false;
    });
    return longest;
  }

  #sentinel(band: Band): number {
    return this.#capacity + index(band);
  }

  #insertAfter(before: number, offset: number): void {
    const after = at(this.#next, before);
    const band = this.bandOf(offset);
    this.#next[before] = offset;
    this.#previous[after] = offset;
    this.#next[offset] = after;
    this.#previous[offset] = before;
    this.#marks[offset] = band;
    this.#sizes[index(band)] += 1;
  }
}

function index(band: Band): 0 | 1 | 2 {
  return (band - 1) as 0 | 1 | 2;
}

function at(list: Int32Array | Uint8Array | Float64Array, offset: number): number {
  const value = list[offset];
  if (value === undefined) throw new RangeError(`there is no offset ${offset}`);
  return value;
}
