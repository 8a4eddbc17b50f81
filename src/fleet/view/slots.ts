// Small numbers for things that come and go, so that a reader can keep what it knows of each in one bit. A number is given again
// once its thing is gone for every reader.

export class Slots {
  #free: number[] = [];
  #next = 0;

  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#next += 1;
    return this.#next - 1;
  }

  giveBack(slot: number): void {
    this.#free.push(slot);
  }
}
