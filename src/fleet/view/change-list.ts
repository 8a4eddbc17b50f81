// What has changed, oldest change first, each thing once: one that changes again moves to the end. Readers are marks in the list:
// what comes after a reader's mark has changed since it looked. What all marks are past is dropped, so that the list is empty while
// nobody reads; a thing that is gone lives on in it until every reader has seen so.

/** A member or a mark. The links are the list's own. */
export interface ChangeNode {
  older: ChangeNode | null;
  newer: ChangeNode | null;
}

export class ChangeList<Thing extends ChangeNode> {
  readonly #oldest: ChangeNode = { older: null, newer: null };
  readonly #marks = new Set<ChangeNode>();
  readonly #onDropped: (thing: Thing) => void;
  #newest: ChangeNode = this.#oldest;

  /** `onDropped`: no reader has yet to see the thing's last change. Called again after each change of it. */
  constructor(onDropped: (thing: Thing) => void) {
    this.#onDropped = onDropped;
  }

  /** Whether nobody reads: then nothing is kept. */
  get idle(): boolean {
    return this.#marks.size === 0;
  }

  /** The thing has changed. */
  touch(thing: Thing): void {
    this.#unlink(thing);
    if (this.#marks.size === 0) this.#onDropped(thing);
    else this.#insertAfter(this.#newest, thing);
  }

  /** A mark after all that has changed by now. To be given back by `unmark`. */
  mark(): ChangeNode {
    const mark = { older: null, newer: null };
    this.#marks.add(mark);
    this.#insertAfter(this.#newest, mark);
    return mark;
  }

  /** Another mark at the same place. */
  markAt(other: ChangeNode): ChangeNode {
    const mark = { older: null, newer: null };
    this.#marks.add(mark);
    this.#insertAfter(other, mark);
    return mark;
  }

  unmark(mark: ChangeNode): void {
    if (!this.#marks.delete(mark)) return;
    this.#unlink(mark);
    this.#dropSeen();
  }

  /** Moves the mark past the next thing and returns it; `null` when there is none before `end`, another mark. */
  next(mark: ChangeNode, end: ChangeNode): Thing | null {
    let node = mark.newer;
    while (node !== null && node !== end && this.#marks.has(node)) node = node.newer;
    if (node === null || node === end) return null;
    this.#unlink(mark);
    this.#insertAfter(node, mark);
    this.#dropSeen();
    // Whatever is no mark is a thing.
    return node as Thing;
  }

  /** Whether nothing has changed between the two marks. */
  isSamePlace(one: ChangeNode, other: ChangeNode): boolean {
    return this.#thingAfter(one) === this.#thingAfter(other);
  }

  #thingAfter(mark: ChangeNode): ChangeNode | null {
    let node = mark.newer;
    while (node !== null && this.#marks.has(node)) node = node.newer;
    return node;
  }

  #dropSeen(): void {
    let node = this.#oldest.newer;
    while (node !== null && !this.#marks.has(node)) {
      this.#unlink(node);
      this.#onDropped(node as Thing);
      node = this.#oldest.newer;
    }
  }

  #insertAfter(older: ChangeNode, node: ChangeNode): void {
    node.older = older;
    node.newer = older.newer;
    if (older.newer === null) this.#newest = node;
    else older.newer.older = node;
    older.newer = node;
  }

  /** A no-op for one that is not in the list. */
  #unlink(node: ChangeNode): void {
    if (node.older === null) return;
    node.older.newer = node.newer;
    if (node.newer === null) this.#newest = node.older;
    else node.newer.older = node.older;
    node.older = null;
    node.newer = null;
  }
}
