// One grant under way, from the request to the disk, and who still wants it: repeats of a request_id share one. When the last
// caller goes away it is taken back, as far as it can still be (semantics.md 10).

import type { AcquireRequest } from "./acquire-request.js";
import type { CallerSignal } from "./caller-signal.js";

export class GrantAttempt {
  readonly request: AcquireRequest;
  readonly #signals: CallerSignal[] = [];
  readonly #onAbort = (): void => this.#callerLeft();
  #callers = 0;
  #abandon: () => void = () => undefined;

  constructor(request: AcquireRequest) {
    this.request = request;
  }

  /** True once every caller has gone away. A caller without a signal never does. */
  get abandoned(): boolean {
    return this.#callers === 0;
  }

  /** `signal` must not be aborted yet. */
  addCaller(signal: CallerSignal | undefined): void {
    this.#callers += 1;
    if (signal === undefined) return;
    this.#signals.push(signal);
    signal.addEventListener("abort", this.#onAbort);
  }

  /** What takes the attempt back from where it is now; it replaces what was told before. */
  whenAbandoned(abandon: () => void): void {
    this.#abandon = abandon;
  }

  /** It was answered: from now on nothing is taken back. */
  settle(): void {
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#onAbort);
  }

  #callerLeft(): void {
    this.#callers -= 1;
    if (this.#callers === 0) this.#abandon();
  }
}
