// A set of slots (see view/slots.ts), one bit each: what of 200,000 leases a reader knows takes 25 kB.

const bitsPerWord = 32;

export class SlotSet {
  #words = new Uint32Array(0);

  has(slot: number): boolean {
    return ((this.#words[slot >>> 5] ?? 0) & bitOf(slot)) !== 0;
  }

  add(slot: number): void {
    const index = slot >>> 5;
    if (index >= this.#words.length) this.#grow(index + 1);
    this.#words[index] = (this.#words[index] ?? 0) | bitOf(slot);
  }

  /** False when it was not in the set. */
  delete(slot: number): boolean {
    if (!this.has(slot)) return false;
    const index = slot >>> 5;
    this.#words[index] = (this.#words[index] ?? 0) & ~bitOf(slot);
    return true;
  }

  copy(): SlotSet {
    const copy = new SlotSet();
    copy.#words = this.#words.slice();
    return copy;
  }

  equals(other: SlotSet): boolean {
    const length = Math.max(this.#words.length, other.#words.length);
    for (let index = 0; index < length; index += 1) {
      if ((this.#words[index] ?? 0) !== (other.#words[index] ?? 0)) return false;
    }
    return true;
  }

  #grow(wordsMin: number): void {
    const words = new Uint32Array(Math.max(wordsMin, 2 * this.#words.length));
    words.set(this.#words);
    this.#words = words;
  }
}

function bitOf(slot: number): number {
  return 1 << (slot % bitsPerWord);
}
