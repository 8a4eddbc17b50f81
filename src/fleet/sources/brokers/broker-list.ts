// Where the list of brokers comes from: given once, a file, or DNS.

import type { BrokerTarget } from "./broker-target.js";

export interface BrokerListListener {
  /** The whole list as it is now. Told once it is known, and whenever it has changed. */
  changed(brokers: readonly BrokerTarget[]): void;
  /** It cannot be had now, and stays as it was. `why`: as the rest of a sentence about it. Told with each try that fails. */
  failed(why: string): void;
}

export interface BrokerList {
  /** For people: "the file /etc/portlease/brokers.yaml". */
  readonly name: string;
  /** Follows the list until `signal` is aborted. Never rejects. */
  follow(listener: BrokerListListener, signal: AbortSignal): Promise<void>;
}

/** The one of the command line: it never changes. */
export class GivenList implements BrokerList {
  readonly name = "the list of brokers";
  readonly #brokers: readonly BrokerTarget[];

  constructor(brokers: readonly BrokerTarget[]) {
    this.#brokers = brokers;
  }

  follow(listener: BrokerListListener): Promise<void> {
    listener.changed(this.#brokers);
    return Promise.resolve();
  }
}
