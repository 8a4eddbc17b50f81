// A reader's place among what has changed, and where the round under way ends: what changes meanwhile is for the next round, so that
// a round ends however much changes.

import type { ChangeList, ChangeNode } from "../view/change-list.js";

export class RoundMark<Thing extends ChangeNode> {
  readonly #list: ChangeList<Thing>;
  readonly #mark: ChangeNode;
  /** `null` between two rounds. */
  #end: ChangeNode | null;

  private constructor(list: ChangeList<Thing>, mark: ChangeNode, end: ChangeNode | null) {
    this.#list = list;
    this.#mark = mark;
    this.#end = end;
  }

  /** After all that has changed by now. To be closed. */
  static at<Thing extends ChangeNode>(list: ChangeList<Thing>): RoundMark<Thing> {
    return new RoundMark(list, list.mark(), null);
  }

  /** Another one at the same place. To be closed. */
  copy(): RoundMark<Thing> {
    const end = this.#end === null ? null : this.#list.markAt(this.#end);
    return new RoundMark(this.#list, this.#list.markAt(this.#mark), end);
  }

  /** The round is up to what has changed by now. A no-op while one is under way. */
  beginRound(): void {
    this.#end ??= this.#list.mark();
  }

  /** Whether something of the round is left. */
  get hasRest(): boolean {
    return this.#end !== null && !this.#list.isSamePlace(this.#mark, this.#end);
  }

  /** What is left of the round: the mark moves past each thing as it is taken. The round is over with the last one. */
  *rest(): Iterable<Thing> {
    while (this.#end !== null) {
      const thing = this.#list.next(this.#mark, this.#end);
      if (thing === null) this.#endRound();
      else yield thing;
    }
  }

  isSamePlace(other: RoundMark<Thing>): boolean {
    if (this.#end !== null || other.#end !== null) return false;
    return this.#list.isSamePlace(this.#mark, other.#mark);
  }

  close(): void {
    this.#endRound();
    this.#list.unmark(this.#mark);
  }

  #endRound(): void {
    if (this.#end !== null) this.#list.unmark(this.#end);
    this.#end = null;
  }
}
