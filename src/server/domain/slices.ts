// Long work in short pieces, so that whatever else is due comes in between: also where much of it is asked for at once, one piece in each
// turn of the process.

import type { Clock } from "./boundaries.js";

/** How long one piece is, and after how many items the clock is read. */
const sliceMsMax = 3;
const itemsPerGlance = 64;

export class Slices {
  readonly #clock: Clock;
  readonly #nextTurn: () => Promise<unknown>;
  /** The last turn that somebody waits for. */
  #turns: Promise<unknown> = Promise.resolve();
  #visits = 0;

  /** `nextTurn` resolves after other work of the process had its turn. */
  constructor(clock: Clock, nextTurn: () => Promise<unknown>) {
    this.#clock = clock;
    this.#nextTurn = nextTurn;
  }

  /** Visits the items in order, until a visit answers "enough". */
  async visit<Item>(items: Iterable<Item>, visit: (item: Item) => "enough" | void): Promise<void> {
    this.#visits += 1;
    try {
      // Hundreds that begin at once would all have their first piece in one turn.
      if (this.#visits > 1) await this.#turn();
      await this.#visitAll(items, visit);
    } finally {
      this.#visits -= 1;
    }
  }

  async #visitAll<Item>(
    items: Iterable<Item>,
    visit: (item: Item) => "enough" | void,
  ): Promise<void> {
    let beganMs = this.#clock.monotonicMs();
    let index = 0;
    for (const item of items) {
      if (index % itemsPerGlance === 0 && this.#clock.monotonicMs() - beganMs >= sliceMsMax) {
        await this.#turn();
        beganMs = this.#clock.monotonicMs();
      }
      index += 1;
      if (visit(item) === "enough") return;
    }
  }

  /** Those who wait come one after the other, so that each of them is as long under way as there is work before it. */
  #turn(): Promise<unknown> {
    this.#turns = this.#turns.then(this.#nextTurn, this.#nextTurn);
    return this.#turns;
  }
}
