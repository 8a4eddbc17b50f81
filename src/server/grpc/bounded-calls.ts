// How many calls of one kind may be under way at once: those that cost so much that a few hundred of them would be all that a server does.

import { BrokerError } from "../domain/errors.js";

const retryAfterMs = 1_000;

export class BoundedCalls {
  readonly #callsMax: number;
  readonly #kind: string;
  #underWay = 0;

  /** `kind`: what they do, as in "calls that ask the operating system". */
  constructor(callsMax: number, kind: string) {
    this.#callsMax = callsMax;
    this.#kind = kind;
  }

  /**
   * Returns what is called when the call is over, which is idempotent. Throws BrokerError rate_limited when as many are under way as may
   * be. `method`: without its service.
   */
  begin(method: string): () => void {
    if (this.#underWay >= this.#callsMax) throw this.#refusal(method);
    this.#underWay += 1;
    let over = false;
    return () => {
      if (!over) this.#underWay -= 1;
      over = true;
    };
  }

  #refusal(method: string): BrokerError {
    return new BrokerError(
      "rate_limited",
      `${this.#callsMax} calls that ${this.#kind} are under way, which is the most at once; try ${method} again in a second`,
      { subject: method, retryAfterMs, metadata: { calls_max: String(this.#callsMax) } },
    );
  }
}
