// When everything is to be read anew because of a change that nothing else can tell: at once, but not soon after the last time. Until
// then the source goes on following.

/**
 * After the last such reading was through. A host that deletes its own record again and again would else have every fleet server read
 * a hundred thousand keys several times a second; what it hides from the view meanwhile is its own.
 */
export const readAnewEveryMs = 10_000;

export class ReadingAnew {
  #wanted = false;
  #notBeforeMs = -Infinity;

  get wanted(): boolean {
    return this.#wanted;
  }

  /** False: it is wanted already. */
  want(): boolean {
    if (this.#wanted) return false;
    this.#wanted = true;
    return true;
  }

  /** How long to wait before it begins. `nowMs`: monotonic, here and below. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#notBeforeMs - nowMs);
  }

  /** Everything was read, for whatever reason: nothing is wanted any more. */
  done(nowMs: number): void {
    if (this.#wanted) this.#notBeforeMs = nowMs + readAnewEveryMs;
    this.#wanted = false;
  }
}
