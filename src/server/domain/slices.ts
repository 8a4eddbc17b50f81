// Long work in short pieces, so that whatever else is due comes in between.

import type { Clock } from "./boundaries.js";

/** How long one piece is, and after how many items the clock is read. */
const sliceMsMax = 3;
const itemsPerGlance = 64;

export class Slices {
  readonly #clock: Clock;
  readonly #nextTurn: () => Promise<unknown>;

  /** `nextTurn` resolves after other work of the process had its turn. */
  constructor(clock: Clock, nextTurn: () => Promise<unknown>) {
    this.#clock = clock;
    this.#nextTurn = nextTurn;
  }

  /** Visits the items in order, until a visit answers "enough". */
  async visit<Item>(items: Iterable<Item>, visit: (item: Item) => "enough" | void): Promise<void> {
    let beganMs = this.#clock.monotonicMs();
    let index = 0;
    for (const item of items) {
      if (index % itemsPerGlance === 0 && this.#clock.monotonicMs() - beganMs >= sliceMsMax) {
        await this.#nextTurn();
        beganMs = this.#clock.monotonicMs();
      }
      index += 1;
      if (visit(item) === "enough") return;
    }
  }
}
