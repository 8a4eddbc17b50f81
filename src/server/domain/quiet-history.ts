// History for many readers at once: their reads take turns, so that a commit never stands in line behind more than one of
// them. Failures of the store are told as store_unavailable.

import type { ChangeSearch, FoundChanges, LeaseHistory, RetainedChanges } from "./lease-history.js";
import { storeUnavailable } from "./refusals.js";

export class QuietHistory implements LeaseHistory {
  readonly #history: LeaseHistory;
  #last: Promise<unknown> = Promise.resolve();

  constructor(history: LeaseHistory) {
    this.#history = history;
  }

  readChanges(afterRevision: number, countMax: number): Promise<RetainedChanges> {
    return this.#inTurn(() => this.#history.readChanges(afterRevision, countMax));
  }

  searchChanges(
    search: ChangeSearch,
    afterRevision: number,
    countMax: number,
  ): Promise<FoundChanges> {
    return this.#inTurn(() => this.#history.searchChanges(search, afterRevision, countMax));
  }

  #inTurn<T>(read: () => Promise<T>): Promise<T> {
    const answer = this.#last.then(read).catch((error: unknown) => {
      throw storeUnavailable(error);
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }
}
