// Tells those who work for a call that its caller has gone away: what an AbortController does, at a twentieth of its cost, which
// every call would have.

import type { CallerSignal } from "../domain/caller-signal.js";

export class CallCancellation implements CallerSignal {
  #aborted = false;
  /**
   * Made when somebody listens: most calls end before anybody does. Not a Set: a session has one for all of its acquires, and
   * forgetful-map.ts says what such a one keeps.
   */
  #listeners: (() => void)[] | null = null;

  get aborted(): boolean {
    return this.#aborted;
  }

  /** `listener` is called at most once, and never when it is too late already. */
  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners ??= [];
    if (!this.#listeners.includes(listener)) this.#listeners.push(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    const index = this.#listeners?.indexOf(listener) ?? -1;
    if (index >= 0) this.#listeners?.splice(index, 1);
  }

  /** Idempotent. */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    const listeners = this.#listeners;
    this.#listeners = null;
    for (const listener of listeners ?? []) listener();
  }
}
