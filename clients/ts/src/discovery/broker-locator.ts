// Where the broker is, for who stays longer than the broker does.

import { locateBroker, type BrokerLocation, type LocateOptions } from "./locate-broker.js";

/**
 * Follows a broker that comes back elsewhere. An address that a discovery file told is left only for another one that the same file
 * tells. At the default port of a broker that is gone, anybody may listen for its clients' tokens and holder keys; and another file is
 * another broker's, which knows none of the leases: a client that asks it while its own restarts would be told that all are lost.
 */
export class BrokerLocator {
  readonly #locate: (file: string | null) => BrokerLocation;
  readonly #leftAside: (what: string) => void;
  readonly #told = new Set<string>();
  #found: BrokerLocation;

  /**
   * `leftAside` hears of each discovery file that does not count, once for each reason. `locate`: for tests; its argument is the only
   * file to look at.
   */
  constructor(
    options: LocateOptions,
    leftAside: (what: string) => void,
    locate: (file: string | null) => BrokerLocation = (file) => locateBroker({ ...options, file }),
  ) {
    this.#locate = locate;
    this.#leftAside = leftAside;
    this.#found = this.#look(null);
  }

  /** What was found last. */
  get found(): BrokerLocation {
    return this.#found;
  }

  /** The address for a call that begins now: looks again, unless the caller or the environment said where the broker is. */
  again(): string {
    const { source, file } = this.#found;
    if (source === "default" || source === "discovery-file") {
      const found = this.#look(file);
      if (found.source === "discovery-file") this.#found = found;
    }
    return this.#found.address;
  }

  #look(file: string | null): BrokerLocation {
    const found = this.#locate(file);
    for (const what of found.leftAside) {
      if (this.#told.has(what)) continue;
      this.#told.add(what);
      this.#leftAside(what);
    }
    return found;
  }
}
