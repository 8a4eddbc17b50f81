// What a listen does when there is no broker to lease from: fail, or go without. Every such listen is told.

import { messageOf } from "../error-facts.js";
import { isBrokerAway } from "./listen-error.js";
import type { Say } from "./notices.js";
import type { RegisterSettings } from "./settings.js";

export class WithoutBroker {
  readonly #choice: RegisterSettings["withoutBroker"];
  readonly #say: Say;

  constructor(choice: RegisterSettings["withoutBroker"], say: Say) {
    this.#choice = choice;
    this.#say = say;
  }

  /** Whether to listen as Node would after this failure. */
  accepts(failure: unknown): boolean {
    if (this.#choice === "fail" || !isBrokerAway(failure)) return false;
    this.#say(`listening without a lease (PORTLEASE_WITHOUT_BROKER=listen): ${messageOf(failure)}`);
    return true;
  }
}
